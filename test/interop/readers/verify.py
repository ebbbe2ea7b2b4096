"""Verifies certificates, which few programs can, with the OpenSSL of Python's cryptography.

Takes pairs of PEM files, a certificate and the one that signed it, and prints the name of the signature's algorithm for each.
"""

import sys

from cryptography import x509


def read(file):
    with open(file, "rb") as pem:
        return x509.load_pem_x509_certificate(pem.read())


files = sys.argv[1:]
for certificate, issuer in zip(files[::2], files[1::2]):
    read(certificate).verify_directly_issued_by(read(issuer))
    print(read(certificate).signature_algorithm_oid.dotted_string, type(read(certificate).public_key()).__name__)
