// A Go client of a certificate authority: what Go's TLS stack makes of its handshakes. Prints one JSON object.
// usage: tls-client URL ROOT.pem [CERT.pem KEY.pem]
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
)

type exchange struct {
	Version  string `json:"version"`
	Resumed  bool   `json:"resumed"`
	Chain    int    `json:"chain"`
	Verified string `json:"verified"`
	Protocol string `json:"protocol"`
	Kept     bool   `json:"kept"`
	Status   int    `json:"status"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ask sends one request; kept says whether an open connection carried it.
func ask(client *http.Client, method, url string) exchange {
	kept := false
	request, err := http.NewRequest(method, url, nil)
	check(err)
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { kept = info.Reused }}
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	check(err)
	_, err = io.Copy(io.Discard, response.Body)
	check(err)
	response.Body.Close()
	state := response.TLS
	last := state.VerifiedChains[0]
	return exchange{
		Version:  tls.VersionName(state.Version),
		Resumed:  state.DidResume,
		Chain:    len(state.PeerCertificates),
		Verified: last[len(last)-1].Subject.CommonName,
		Protocol: response.Proto,
		Kept:     kept,
		Status:   response.StatusCode,
	}
}

func main() {
	url, roots := os.Args[1], x509.NewCertPool()
	pem, err := os.ReadFile(os.Args[2])
	check(err)
	roots.AppendCertsFromPEM(pem)
	method, path, certificates := "GET", "/health", []tls.Certificate(nil)
	if len(os.Args) > 3 {
		pair, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
		check(err)
		method, path, certificates = "POST", "/renew", []tls.Certificate{pair}
	}
	exchanges := map[string][]exchange{}
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		transport := &http.Transport{
			ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{
				RootCAs:            roots,
				Certificates:       certificates,
				MinVersion:         version,
				MaxVersion:         version,
				ClientSessionCache: tls.NewLRUClientSessionCache(8),
			},
		}
		client := &http.Client{Transport: transport}
		first := ask(client, method, url+path)
		second := ask(client, method, url+path)
		transport.CloseIdleConnections()
		third := ask(client, method, url+path)
		exchanges[name] = []exchange{first, second, third}
	}
	check(json.NewEncoder(os.Stdout).Encode(exchanges))
}
