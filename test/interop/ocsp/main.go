// A Go client of an OCSP responder: asks about serial numbers with golang.org/x/crypto/ocsp and prints what that makes of
// the answers, one JSON object a line.
// usage: ocsp GET|POST sha1|sha256 URL ROOT.pem ISSUER.pem SERIAL...
package main

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/crypto/ocsp"
)

type answer struct {
	Serial  string  `json:"serial"`
	Status  string  `json:"status"`
	Reason  int     `json:"reason"`
	Minutes float64 `json:"minutes"`
	Signer  string  `json:"signer"`
	Error   string  `json:"error"`
}

var statuses = map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown"}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readCertificate(file string) *x509.Certificate {
	data, err := os.ReadFile(file)
	check(err)
	block, _ := pem.Decode(data)
	certificate, err := x509.ParseCertificate(block.Bytes)
	check(err)
	return certificate
}

func exchange(client *http.Client, method, base string, request []byte) []byte {
	var response *http.Response
	var err error
	if method == "GET" {
		encoded := url.QueryEscape(base64.StdEncoding.EncodeToString(request))
		response, err = client.Get(strings.TrimSuffix(base, "/") + "/" + encoded)
	} else {
		response, err = client.Post(base, "application/ocsp-request", bytes.NewReader(request))
	}
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || kind != "application/ocsp-response" {
		check(fmt.Errorf("%s %s: %s", response.Status, kind, body))
	}
	return body
}

func main() {
	method, hashName, base := os.Args[1], os.Args[2], os.Args[3]
	root, issuer := readCertificate(os.Args[4]), readCertificate(os.Args[5])
	hash := map[string]crypto.Hash{"sha1": crypto.SHA1, "sha256": crypto.SHA256}[hashName]
	roots := x509.NewCertPool()
	roots.AddCert(root)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for _, text := range os.Args[6:] {
		serial, _ := new(big.Int).SetString(text, 10)
		asked := &x509.Certificate{SerialNumber: serial}
		request, err := ocsp.CreateRequest(asked, issuer, &ocsp.RequestOptions{Hash: hash})
		check(err)
		said := answer{Serial: text}
		response, err := ocsp.ParseResponseForCert(exchange(client, method, base, request), asked, issuer)
		if err != nil {
			said.Error = err.Error()
		} else {
			said.Status = statuses[response.Status]
			said.Reason = response.RevocationReason
			said.Minutes = response.NextUpdate.Sub(response.ThisUpdate).Minutes()
			said.Signer = response.Certificate.Subject.CommonName
			if len(response.Certificate.ExtKeyUsage) != 1 || response.Certificate.ExtKeyUsage[0] != x509.ExtKeyUsageOCSPSigning {
				said.Error = "the signer is not for signing OCSP alone"
			}
		}
		check(json.NewEncoder(os.Stdout).Encode(said))
	}
}
