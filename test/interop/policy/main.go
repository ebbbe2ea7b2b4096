// Decides about names with step-ca's own policy engine. Each line of input is a policy as in ca.json with the names of
// certificates; each line of output has what step says of them.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"

	"github.com/smallstep/certificates/authority/policy"
)

type names struct {
	DNS    []string `json:"dns"`
	IPs    []string `json:"ips"`
	Emails []string `json:"emails"`
	URIs   []string `json:"uris"`
	CN     string   `json:"cn"`
}

type question struct {
	Policy json.RawMessage `json:"policy"`
	Names  []names         `json:"names"`
}

// An error is of the policy; a verdict is empty where the names are allowed.
type answer struct {
	Error    string   `json:"error,omitempty"`
	Verdicts []string `json:"verdicts,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var q question
		must(json.Unmarshal(in.Bytes(), &q))
		line, err := json.Marshal(decide(q))
		must(err)
		out.Write(append(line, '\n'))
	}
	must(in.Err())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func decide(q question) answer {
	engine, err := newEngine(q.Policy)
	if err != nil {
		return answer{Error: err.Error()}
	}
	verdicts := make([]string, len(q.Names))
	for i, n := range q.Names {
		verdicts[i] = verdict(engine, n)
	}
	return answer{Verdicts: verdicts}
}

func newEngine(data []byte) (engine policy.X509Policy, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	var options policy.X509PolicyOptions
	if err := json.Unmarshal(data, &options); err != nil {
		return nil, err
	}
	return policy.NewX509PolicyEngine(&options)
}

func verdict(engine policy.X509Policy, n names) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("panic: %v", r)
		}
	}()
	cert := &x509.Certificate{DNSNames: n.DNS, EmailAddresses: n.Emails}
	cert.Subject.CommonName = n.CN
	for _, ip := range n.IPs {
		cert.IPAddresses = append(cert.IPAddresses, net.ParseIP(ip))
	}
	for _, uri := range n.URIs {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme == "" {
			return "not a URI"
		}
		cert.URIs = append(cert.URIs, u)
	}
	if engine == nil {
		return ""
	}
	if err := engine.IsX509CertificateAllowed(cert); err != nil {
		return err.Error()
	}
	return ""
}
