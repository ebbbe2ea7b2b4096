// Renders a corpus of templates with step's own functions. Reads cases as JSON from standard input and writes what
// became of each to standard output, in the same order.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"go.step.sm/crypto/x509util"
)

type request struct {
	Template string         `json:"template"`
	Data     map[string]any `json:"data"`
	// PEM of a certificate request: the template is one of certificates, and its data are step's.
	Request string   `json:"request"`
	Subject string   `json:"subject"`
	SANs    []string `json:"sans"`
	// One of step's default templates in place of a text.
	Named string `json:"named"`
}

var defaults = map[string]string{
	"leaf":         x509util.DefaultLeafTemplate,
	"instance":     x509util.DefaultIIDLeafTemplate,
	"admin":        x509util.DefaultAdminLeafTemplate,
	"intermediate": x509util.DefaultIntermediateTemplate,
	"attested":     x509util.DefaultAttestedLeafTemplate,
	"request":      x509util.CertificateRequestTemplate,
}

type result struct {
	Output string `json:"output"`
	// The text of a default template.
	Template string `json:"template,omitempty"`
	// Of certificates: what goes into them, each value as base64.
	Extensions map[string]string `json:"extensions,omitempty"`
	RawSubject string            `json:"rawSubject,omitempty"`
	Kind       string            `json:"kind"`
	Message    string            `json:"message"`
	Line       int               `json:"line"`
	Column     int               `json:"column"`
}

var place = regexp.MustCompile(`template: template:(\d+)(?::(\d+))?:`)

func failed(kind string, err error) result {
	r := result{Kind: kind, Message: err.Error(), Column: -1}
	if m := place.FindStringSubmatch(err.Error()); m != nil {
		r.Line, _ = strconv.Atoi(m[1])
		if m[2] != "" {
			r.Column, _ = strconv.Atoi(m[2])
		}
	}
	if strings.Contains(err.Error(), "error calling fail:") {
		r.Kind = "fail"
	}
	return r
}

func render(c request) result {
	tmpl, err := template.New("template").Funcs(x509util.GetFuncMap()).Parse(c.Template)
	if err != nil {
		return failed("parse", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, c.Data); err != nil {
		return failed("execute", err)
	}
	return result{Output: out.String()}
}

func certificate(c request) result {
	block, _ := pem.Decode([]byte(c.Request))
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		panic(err)
	}
	data := x509util.CreateTemplateData(c.Subject, c.SANs)
	for name, value := range c.Data {
		data[name] = value
	}
	var buffer *bytes.Buffer
	capture := func(cr *x509.CertificateRequest, o *x509util.Options) error {
		buffer = bytes.NewBuffer(append([]byte(nil), o.CertBuffer.Bytes()...))
		return nil
	}
	cert, err := x509util.NewCertificate(csr, x509util.WithTemplate(c.Template, data), capture)
	if err != nil {
		var fail *x509util.TemplateError
		switch {
		case errors.As(err, &fail):
			return failed("fail", err)
		case strings.Contains(err.Error(), "error parsing template"):
			return failed("parse", err)
		case strings.Contains(err.Error(), "error executing template"):
			return failed("execute", err)
		default:
			return failed("json", err)
		}
	}
	return issue(cert, buffer.String())
}

func main() {
	var cases []request
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	results := make([]result, len(cases))
	for i, c := range cases {
		results[i] = one(c)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}

func one(c request) (r result) {
	defer func() {
		if e := recover(); e != nil {
			r = failed("panic", fmt.Errorf("%v", e))
		}
	}()
	if text, ok := defaults[c.Named]; ok {
		c.Template = text
	}
	if c.Request != "" {
		r = certificate(c)
		if c.Named != "" {
			r.Template = c.Template
		}
		return r
	}
	return render(c)
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
