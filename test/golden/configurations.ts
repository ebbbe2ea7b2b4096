import type { Json } from '../../src/core/templates/template.ts'
import type { Configuration } from './case.ts'
import { policyCases } from './cases/policy.ts'
import { publishedCases } from './cases/published.ts'
import { renewCases } from './cases/renew.ts'
import { revokeCases } from './cases/revoke.ts'
import { signCases } from './cases/sign.ts'

/** A JWK provisioner whose key id is its name, so that certificates say the same each time. */
const jwk = (name: string, more: Readonly<Record<string, Json>> = {}): Json => ({
  type: 'JWK',
  name,
  key: { $jwk: name },
  ...more,
})

const template = (text: string): Readonly<Record<string, Json>> => ({ options: { x509: { template: text } } })
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const templated = `{
  "subject": { "commonName": {{ toJson .Subject.CommonName }}, "organizationalUnit": {{ toJson .Insecure.User.team }} },
  "sans": {{ toJson .SANs }},
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["serverAuth", "clientAuth"],
  "crlDistributionPoints": ["http://crl.test/one"]
}`

const provisioners: Json = [
  jwk('ops', { encryptedKey: 'eyJhbGciOiJkaXIifQ..a.b.c' }),
  jwk('fixed', { claims: { disableRenewal: true } }),
  jwk('short', { claims: { minTLSCertDuration: '1s' } }),
  jwk('late', { claims: { minTLSCertDuration: '1s', allowRenewalAfterExpiry: true } }),
  jwk('templated', template(templated)),
  jwk('failing', template(base64('{{ fail "no certificates on Sundays" }}'))),
  jwk('stumbling', template('{ "subject": {{ toJson (index .SANs 7) }} }')),
  jwk('garbled', template('{ "subject": {{ .Token.sub }} }')),
  { type: 'X5C', name: 'corp', roots: { $corpRoots: true } },
  { type: 'Nebula', name: 'fog', roots: '' },
  { type: 'ACME', name: 'acme' },
]

export const configurations: readonly Configuration[] = [
  {
    name: 'usual',
    members: {
      authority: { provisioners },
      federatedRoots: ['(federated root)'],
      crl: { enabled: true, generateOnRevoke: true, cacheDuration: '2h' },
    },
    cases: [...publishedCases, ...signCases, ...renewCases, ...revokeCases],
  },
  {
    name: 'policy',
    members: {
      authority: {
        provisioners: [jwk('ops')],
        policy: { x509: { allow: { dns: ['*.test'] }, deny: { dns: ['db.test'] } } },
      },
    },
    cases: policyCases,
  },
]
