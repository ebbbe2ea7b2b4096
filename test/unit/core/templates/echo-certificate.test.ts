import { describe, expect, it } from 'vitest'
import { echoCertificate } from '../../../../src/core/templates/echo-certificate.ts'
import type { Json } from '../../../../src/core/templates/template.ts'

/** As step-ca 0.30.2 sends it to a webhook for `{}`: `test/interop/webhooks.test.ts` has the real one. */
const nothing =
  '{"version":0,"subject":{},"rawSubject":null,"issuer":{},"serialNumber":null,"dnsNames":null,"emailAddresses":null,' +
  '"ipAddresses":null,"uris":null,"sans":null,"extensions":null,"keyUsage":null,"extKeyUsage":[],' +
  '"unknownExtKeyUsage":null,"subjectKeyId":null,"authorityKeyId":null,"ocspServer":null,"issuingCertificateURL":null,' +
  '"crlDistributionPoints":null,"policyIdentifiers":null,"basicConstraints":null,"nameConstraints":null,' +
  '"signatureAlgorithm":""}'

describe('what a template gave, as step writes it back', () => {
  it('has all members in step’s order', () => {
    expect(JSON.stringify(echoCertificate({}))).toBe(nothing)
  })

  it.each<[Json, object]>([
    [{ subject: 'web.test' }, { subject: { commonName: 'web.test' } }],
    [
      { Subject: { commonName: 'a', Organization: 'b', country: ['c', 'd'], locality: [], serialNumber: '' } },
      { subject: { country: ['c', 'd'], organization: ['b'], commonName: 'a' } },
    ],
    [
      { dnsNames: 'a.test', uris: [] },
      { dnsNames: ['a.test'], uris: [] },
    ],
    [{ ipAddresses: ['2001:DB8:0:0::1', '10.0.0.1'] }, { ipAddresses: ['2001:db8::1', '10.0.0.1'] }],
    [
      { sans: [{ type: 'dns', value: 'a.test' }, { Value: '10.0.0.1' }, {}] },
      {
        sans: [
          { type: 'dns', value: 'a.test' },
          { type: '', value: '10.0.0.1' },
          { type: '', value: '' },
        ],
      },
    ],
    [
      { keyUsage: ['key_encipherment', 'DigitalSignature', 'nonRepudiation'] },
      { keyUsage: ['digitalSignature', 'contentCommitment', 'keyEncipherment'] },
    ],
    [{ extKeyUsage: ['server_auth', 'OCSPSigning'] }, { extKeyUsage: ['serverAuth', 'ocspSigning'] }],
    [
      { extensions: [{ id: '1.2.3', Value: 'BQA=' }] },
      { extensions: [{ id: '1.2.3', critical: false, value: 'BQA=' }] },
    ],
    [{ basicConstraints: { isCA: true } }, { basicConstraints: { isCA: true, maxPathLen: 0 } }],
    [
      { nameConstraints: { critical: true, permittedDNSDomains: 'a.test' } },
      {
        nameConstraints: {
          critical: true,
          permittedDNSDomains: ['a.test'],
          excludedDNSDomains: null,
          permittedIPRanges: null,
          excludedIPRanges: null,
          permittedEmailAddresses: null,
          excludedEmailAddresses: null,
          permittedURIDomains: null,
          excludedURIDomains: null,
        },
      },
    ],
  ])('%j', (json, changes) => {
    const expected = { ...(JSON.parse(nothing) as object), ...changes }
    expect(JSON.stringify(echoCertificate(json))).toBe(JSON.stringify(expected))
  })
})
