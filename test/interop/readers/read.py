"""What pkilint finds in certificates and revocation lists, and what it reads in certificates.

Takes PEM or DER files and prints one JSON object a line: "findings", each as "severity code place", and for certificates
"view", with the names that the other readers give as well.
"""

import ipaddress
import json
import sys

from pkilint import loader, pkix, validation
from pkilint.pkix import certificate, crl, extension, name
from pyasn1.codec.der.decoder import decode
from pyasn1_alt_modules import rfc5280

KEY_USAGES = {"keyCertSign": "certSign", "cRLSign": "crlSign", "nonRepudiation": "contentCommitment"}
NAME_KINDS = {
    "dNSName": "dns",
    "rfc822Name": "email",
    "uniformResourceIdentifier": "uri",
    "otherName": "otherName",
    "directoryName": "directoryName",
    "registeredID": "registeredID",
}


def certificate_validators():
    decoders = certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS)
    parts = [
        certificate.create_issuer_validator_container([]),
        certificate.create_validity_validator_container(),
        certificate.create_subject_validator_container([]),
        certificate.create_extensions_validator_container([]),
        certificate.create_spki_validator_container([]),
    ]
    return certificate.create_pkix_certificate_validator_container(decoders, parts)


def crl_validators():
    decoders = [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
    parts = [
        crl.create_issuer_validator_container([]),
        crl.create_validity_validator_container([]),
        crl.create_extensions_validator_container([]),
    ]
    return crl.create_pkix_crl_validator_container(decoders, parts)


def findings_of(validators, document):
    found = []
    for result in validators.validate(document.root):
        for description in result.finding_descriptions:
            finding = description.finding
            if finding.severity < validation.ValidationFindingSeverity.INFO:
                found.append(f"{finding.severity.name} {finding.code} {result.node.path}")
    return found


def general_name(choice):
    kind, value = choice.getName(), choice.getComponent()
    if kind == "iPAddress":
        return f"ip:{ipaddress.ip_address(bytes(value))}"
    word = NAME_KINDS[kind]
    return f"{word}:{value}" if word in ("dns", "email", "uri") else word


def view_of(document):
    tbs = document.root.pdu["tbsCertificate"]
    extensions = {str(each["extnID"]): bytes(each["extnValue"]) for each in tbs["extensions"]}

    def read(oid, kind):
        return decode(extensions[oid], asn1Spec=kind())[0] if oid in extensions else None

    sans = read("2.5.29.17", rfc5280.SubjectAltName) or []
    bits = read("2.5.29.15", rfc5280.KeyUsage)
    extended = read("2.5.29.37", rfc5280.ExtKeyUsageSyntax) or []
    basic = read("2.5.29.19", rfc5280.BasicConstraints)
    subject_key = read("2.5.29.14", rfc5280.SubjectKeyIdentifier)
    authority_key = read("2.5.29.35", rfc5280.AuthorityKeyIdentifier)
    named = [] if bits is None else [label for label, bit in bits.namedValues.items() if bit < len(bits) and bits[bit]]
    authority = ""
    if basic is not None and basic["cA"]:
        limit = basic["pathLenConstraint"]
        authority = f"CA {int(limit)}" if limit.isValue else "CA"
    layout = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "serial": format(int(tbs["serialNumber"]), "x"),
        "notBefore": document.not_before.strftime(layout),
        "notAfter": document.not_after.strftime(layout),
        "subject": [
            f"{attribute['type']}={decode(attribute['value'])[0]}"
            for part in tbs["subject"]["rdnSequence"]
            for attribute in part
        ],
        "sans": [general_name(each) for each in sans],
        "keyUsage": [KEY_USAGES.get(label, label) for label in named],
        "extKeyUsage": [str(each) for each in extended],
        "authority": authority,
        "subjectKeyId": "" if subject_key is None else bytes(subject_key).hex(),
        "authorityKeyId": "" if authority_key is None else bytes(authority_key["keyIdentifier"]).hex(),
    }


def main():
    certificates, lists = certificate_validators(), crl_validators()
    for file in sys.argv[1:]:
        with open(file, encoding="ascii") as text:
            pem = text.read()
        if "X509 CRL" in pem:
            document = loader.RFC5280CertificateListDocumentLoader().load_pem_document(pem, file)
            print(json.dumps({"findings": findings_of(lists, document)}))
        else:
            document = loader.RFC5280CertificateDocumentLoader().load_pem_document(pem, file)
            found = findings_of(certificates, document)
            print(json.dumps({"findings": found, "view": view_of(document)}))


main()
