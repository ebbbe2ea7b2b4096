import { parseJson } from '../../../../src/core/json.ts'
import { SignetError } from '../../../../src/core/errors.ts'
import { encodePem } from '../../../../src/core/pem.ts'
import { wantedCertificate } from '../../../../src/core/wanted-certificate.ts'
import { parseWorkloadRequest } from '../../../../src/core/workload-request.ts'
import { keyAlgorithms } from '../../../../src/core/x509/key-algorithm.ts'
import { parseSignBody } from '../../../../src/http/routes/issue.ts'
import { parseRevokeBody } from '../../../../src/http/routes/revoke.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { jsonGrammar } from '../grammars/json.ts'
import { requests } from '../seeds-x509.ts'
import { sameAgain } from './names.ts'

/** JSON that comes with requests, and from objects of Kubernetes. */

const pem = (der: Uint8Array): string => encodePem('CERTIFICATE REQUEST', der)
const more: readonly object[] = [
  {},
  { notBefore: '', notAfter: '24h' },
  { notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-02T00:00:00Z', templateData: { a: [1, { b: null }] } },
  { signet: { certificate: { namespace: 'n', name: 'c', uid: 'u' } } },
  { UNKNOWN: 'other', unknown: true },
]
const signBodies = requests
  .slice(0, 60)
  .map((der, index) => JSON.stringify({ csr: pem(der), ott: 'a.b.c', ...more[index % 5] }))

const revokeBodies = Array.from({ length: 60 }, (_, index) =>
  JSON.stringify({
    serial: index % 2 === 0 ? String(5n ** BigInt(index)) : `0x${index.toString(16)}`,
    passive: true,
    ...(index % 3 > 0 && { ott: `token ${index}` }),
    ...(index % 5 > 0 && { reasonCode: index % 11, reason: 'because' }),
  }),
)

const wish = {
  commonName: 'a.b',
  dnsNames: ['a.b'],
  ipAddresses: ['10.0.0.1'],
  uris: ['spiffe://a/b'],
  emailAddresses: ['a@b.c'],
  duration: '24h',
}
const { commonName, duration, ...lists } = wish
/** With and without each list of names, common name and life. */
const workloads = Array.from({ length: 64 }, (_, bits) => {
  const has = (bit: number): boolean => (bits & (1 << bit)) !== 0
  const names = Object.entries(lists).map(([member, list], index) => [member, has(index) ? list : []] as const)
  return JSON.stringify({
    ...Object.fromEntries(names),
    ...(has(4) && { commonName }),
    ...(has(5) && { duration }),
    podIPs: bits % 3 === 0,
    keyAlgorithm: keyAlgorithms[bits % keyAlgorithms.length],
  })
})
const spec = {
  ...wish,
  secretName: 's',
  isCA: true,
  usages: ['server auth', 'client auth'],
  subject: { organizations: ['o'], countries: ['DE'] },
  privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
  authorityRef: { name: 'signet' },
}

/** The whole, and what is left of it without each one and each two of its members. */
function thinned(whole: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(whole)
  const without = (...left: readonly string[]): string =>
    JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([name]) => !left.includes(name))))
  return [...new Set(names.flatMap((one) => names.map((two) => without(one, two))))]
}

function json(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new SignetError('malformed', 'no JSON')
  }
}

export const bodyParsers: readonly FuzzedParser[] = [
  fuzzed({
    title: 'bodies of /sign',
    grammar: jsonGrammar([pem(requests[0] ?? new Uint8Array()), '1h', '2026-01-01T00:00:00Z'], ['-----', '\\n', '=']),
    seeds: signBodies,
    parse: parseSignBody,
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'bodies of /revoke',
    grammar: jsonGrammar(['0x1f', '-1', '1'.repeat(60), 10, 11, true]),
    seeds: revokeBodies,
    parse: parseRevokeBody,
    refusals: ['malformed', 'not-implemented'],
  }),
  fuzzed({
    title: 'SIGNET_REQUEST',
    grammar: jsonGrammar(['10.0.0.1', '*.a.b', '1h', 'RSA-2048'], ['.', '*', '@']),
    seeds: workloads,
    parse(text) {
      const written = JSON.stringify(parseWorkloadRequest(text))
      sameAgain(written, JSON.stringify(parseWorkloadRequest(written)))
    },
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'specs of Certificates',
    grammar: jsonGrammar(['10.0.0.1', '*.a.b', '1h', 'RSA', 2048, 'any'], ['.', '*', '@']),
    seeds: thinned(spec),
    parse: (text) => wantedCertificate(json(text)),
    refusals: ['malformed'],
  }),
]
