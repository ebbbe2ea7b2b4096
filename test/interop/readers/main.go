// What Go's crypto/x509 reads in certificates and revocation lists. Takes PEM files as arguments, each with that of the
// certificate that signed it, and prints one JSON object for each pair, in the same order; one that it does not read or whose
// signature does not hold ends the program.
package main

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
)

type view struct {
	Serial         string   `json:"serial"`
	NotBefore      string   `json:"notBefore"`
	NotAfter       string   `json:"notAfter"`
	Subject        []string `json:"subject"`
	SANs           []string `json:"sans"`
	KeyUsage       []string `json:"keyUsage"`
	ExtKeyUsage    []string `json:"extKeyUsage"`
	Authority      string   `json:"authority"`
	SubjectKeyID   string   `json:"subjectKeyId"`
	AuthorityKeyID string   `json:"authorityKeyId"`
}

var usages = []string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement", "certSign", "crlSign", "encipherOnly", "decipherOnly"}

var otherKinds = map[int]string{0: "otherName", 4: "directoryName", 8: "registeredID"}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func blockOf(file string) *pem.Block {
	text, err := os.ReadFile(file)
	check(err)
	block, _ := pem.Decode(text)
	return block
}

func main() {
	for i := 1; i+1 < len(os.Args); i += 2 {
		issuer, err := x509.ParseCertificate(blockOf(os.Args[i+1]).Bytes)
		check(err)
		said, err := read(blockOf(os.Args[i]), issuer)
		if err != nil {
			check(fmt.Errorf("%s: %w", os.Args[i], err))
		}
		check(json.NewEncoder(os.Stdout).Encode(said))
	}
}

func read(block *pem.Block, issuer *x509.Certificate) (any, error) {
	if block.Type == "X509 CRL" {
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, err
		}
		return map[string]int{"revoked": len(list.RevokedCertificateEntries)}, list.CheckSignatureFrom(issuer)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return viewOf(cert), cert.CheckSignatureFrom(issuer)
}

func viewOf(cert *x509.Certificate) view {
	const layout = "2006-01-02T15:04:05Z"
	v := view{
		Serial:    cert.SerialNumber.Text(16),
		NotBefore: cert.NotBefore.UTC().Format(layout), NotAfter: cert.NotAfter.UTC().Format(layout),
		Subject: []string{}, SANs: []string{}, KeyUsage: []string{}, ExtKeyUsage: []string{},
		SubjectKeyID: hex.EncodeToString(cert.SubjectKeyId), AuthorityKeyID: hex.EncodeToString(cert.AuthorityKeyId),
	}
	for _, name := range cert.Subject.Names {
		v.Subject = append(v.Subject, fmt.Sprintf("%s=%v", name.Type, name.Value))
	}
	for _, name := range cert.DNSNames {
		v.SANs = append(v.SANs, "dns:"+name)
	}
	for _, name := range cert.IPAddresses {
		v.SANs = append(v.SANs, "ip:"+name.String())
	}
	for _, name := range cert.EmailAddresses {
		v.SANs = append(v.SANs, "email:"+name)
	}
	for _, name := range cert.URIs {
		v.SANs = append(v.SANs, "uri:"+name.String())
	}
	for bit, name := range usages {
		if cert.KeyUsage&(1<<bit) != 0 {
			v.KeyUsage = append(v.KeyUsage, name)
		}
	}
	for _, extension := range cert.Extensions {
		switch extension.Id.String() {
		case "2.5.29.17":
			var names []asn1.RawValue
			_, err := asn1.Unmarshal(extension.Value, &names)
			check(err)
			for _, name := range names {
				if kind, ok := otherKinds[name.Tag]; ok {
					v.SANs = append(v.SANs, kind)
				}
			}
		case "2.5.29.37":
			var ids []asn1.ObjectIdentifier
			_, err := asn1.Unmarshal(extension.Value, &ids)
			check(err)
			for _, id := range ids {
				v.ExtKeyUsage = append(v.ExtKeyUsage, id.String())
			}
		}
	}
	if cert.IsCA {
		v.Authority = "CA"
		if cert.MaxPathLen > 0 || cert.MaxPathLenZero {
			v.Authority = fmt.Sprintf("CA %d", cert.MaxPathLen)
		}
	}
	return v
}
