package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"go.step.sm/crypto/x509util"
)

// Signs what a template made with a key of the moment, and shows the fields that the template decides.
func issue(cert *x509util.Certificate, output string) result {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: "CA"}, SubjectKeyId: []byte{1}, SerialNumber: big.NewInt(1)}
	template := cert.GetCertificate()
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Unix(0, 0)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Unix(1, 0)
	}
	signed, err := x509util.CreateCertificate(template, parent, cert.PublicKey, key)
	if err != nil {
		return failed("certificate", err)
	}
	extensions := map[string]string{}
	for _, e := range signed.Extensions {
		id := e.Id.String()
		if id == "2.5.29.14" || id == "2.5.29.35" {
			continue
		}
		extensions[id] = fmt.Sprintf("%t %s", e.Critical, encode(e.Value))
	}
	return result{Output: output, Extensions: extensions, RawSubject: encode(signed.RawSubject)}
}
