import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../../../../src/core/bytes.ts'
import { isSignetError } from '../../../../src/core/errors.ts'
import { decodePem, encodePem } from '../../../../src/core/pem.ts'
import { issuerFactsOf } from '../../../../src/core/x509/build.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import { createCertificateRequest, parseCertificateRequest } from '../../../../src/core/x509/csr.ts'
import { lintCertificateContent } from '../../../../src/core/x509/lint.ts'
import { createName, subjectFieldsOf } from '../../../../src/core/x509/name.ts'
import { parseOcspRequest } from '../../../../src/core/x509/ocsp-request.ts'
import { encodeProvisionerExtension } from '../../../../src/core/x509/provisioner-extension.ts'
import { keyAlgorithmOf, readPublicKey } from '../../../../src/core/x509/public-key.ts'
import { encodeNameConstraints, nameConstraintViolation } from '../../../../src/core/x509/name-constraints.ts'
import { generateKeyPair } from '../../../../src/core/x509/private-key.ts'
import { anOcspRequest } from '../../../builders/ocsp-request.ts'
import { leafContent, seededNumbers, testLeaf, testPki } from '../../../builders/x509.ts'

/** Inputs of the whole file; the long run asks for more. */
const inputs = Number(process.env['SIGNET_FUZZ_INPUTS'] ?? 20_000)
/** Milliseconds: ten times what the slowest share of the inputs takes. */
const timeout = Math.max(20_000, inputs / 4)
const seed = Number(process.env['SIGNET_FUZZ_SEED'] ?? 1)

const names = {
  dns: ['a.example.com', '*.b.example.com'],
  ips: ['10.0.0.1', '2001:db8::1'],
  emails: ['me@example.com'],
  uris: ['spiffe://cluster.local/ns/a/sa/b'],
}
const subject = createName({ commonName: 'a', organization: ['Söhne'], extraNames: [{ type: '1.2.3', value: 'x' }] })
const pki = await testPki('EC-P256', {
  nameConstraints: { permitted: { ...names, ips: ['10.0.0.0/8'] }, excluded: { ...names, ips: ['::/3'] } },
})
const provisioner = encodeProvisionerExtension({ type: 8, name: 'k', credentialId: 'c', keyValuePairs: ['a', 'ü'] })
const rsa = await generateKeyPair('RSA-2048')
const requestOf = (privateKey: typeof rsa.privateKey): Uint8Array =>
  createCertificateRequest({
    subject,
    names,
    privateKey,
    usages: { keyUsage: ['digitalSignature', 'decipherOnly'], extKeyUsage: ['serverAuth', '1.2.3'] },
    basicConstraints: { isCA: true, pathLength: 3 },
  })
const requests = [requestOf(pki.leafKeys.privateKey), requestOf(rsa.privateKey)]
const leaf = testLeaf(pki, { names, subject, extensions: [provisioner] })
const pem = encodePem('CERTIFICATE REQUEST', requests[0] ?? new Uint8Array())
const encryptedPem = pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n')

const template = leafContent(pki)
const issuer = issuerFactsOf(pki.intermediate)

const ocspRequests = [
  anOcspRequest({ issuer: pki.intermediate, serials: ['5'] }),
  anOcspRequest({ issuer: pki.intermediate, serials: ['1', '2', '3'], hash: 'sha256', nonce: new Uint8Array(32) }),
]

type Target = {
  readonly title: string
  readonly share: number
  readonly seeds: readonly Uint8Array[]
  readonly parse: (input: Uint8Array) => unknown
}

/** What the authority reads of a request before it trusts it. */
function readRequest(input: Uint8Array): unknown {
  const { subject, names, spki, extensions } = parseCertificateRequest(input)
  return [
    subjectFieldsOf(subject),
    keyAlgorithmOf(spki),
    lintCertificateContent({ ...template, subject, names, spki, extensions }, issuer),
  ]
}

function readCertificate(input: Uint8Array): unknown {
  const certificate = parseCertificate(input)
  const { nameConstraints } = certificate
  return [
    nameConstraints && nameConstraintViolation(certificate.names, nameConstraints),
    nameConstraints && encodeNameConstraints(nameConstraints),
  ]
}

const targets: readonly Target[] = [
  { title: 'certificate requests', share: 0.4, seeds: requests, parse: readRequest },
  {
    title: 'certificates',
    share: 0.4,
    seeds: [leaf.der, pki.intermediate.der, pki.root.der],
    parse: readCertificate,
  },
  {
    title: 'PEM',
    share: 0.15,
    seeds: [utf8Bytes(pem), utf8Bytes(encryptedPem)],
    parse: (input) => decodePem(Buffer.from(input).toString('latin1')),
  },
  {
    title: 'public keys',
    share: 0.05,
    seeds: [leaf.spki, parseCertificateRequest(requests[1] ?? '').spki],
    parse: readPublicKey,
  },
  {
    title: 'OCSP requests',
    share: 1,
    seeds: ocspRequests,
    parse: parseOcspRequest,
  },
]

/** Octets that change what DER means: tags, lengths at the edges, signs. */
const interesting = [
  0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0xa0, 0xa3, 0xff,
]

type Mutation = (input: number[], at: number, next: () => number) => void
const mutations: readonly Mutation[] = [
  (input, at, next) => void (input[at] = next() & 0xff),
  (input, at, next) => void (input[at] = (input[at] ?? 0) ^ (1 << (next() & 7))),
  (input, at, next) => void (input[at] = interesting[next() % interesting.length] ?? 0),
  (input, at, next) => void input.splice(at, 1 + (next() % 4)),
  (input, at, next) => void input.splice(at, 0, next() & 0xff),
  (input, at, next) => void input.splice(at, 0, ...input.slice(at, at + (next() % 64))),
  (input, at) => void (input.length = at),
]

function mutated(original: Uint8Array, next: () => number): Uint8Array {
  const input = [...original]
  for (let count = 1 + (next() % 4); count > 0; count--) {
    mutations[next() % mutations.length]?.(input, next() % (input.length + 1), next)
  }
  return Uint8Array.from(input)
}

describe.each(targets)('$title', ({ share, seeds, parse }) => {
  test(
    'are parsed or refused with a SignetError, whatever they hold',
    () => {
      const next = seededNumbers(seed)
      const outcomes = { parsed: 0, refused: 0 }
      for (let round = 0; round < inputs * share; round++) {
        const input = mutated(seeds[round % seeds.length] ?? new Uint8Array(), next)
        try {
          parse(input)
          outcomes.parsed += 1
        } catch (error) {
          if (!isSignetError(error, 'malformed'))
            throw new Error(`input ${Buffer.from(input).toString('hex')}`, { cause: error })
          outcomes.refused += 1
        }
      }
      // Both happen: the mutations neither miss everything nor break everything.
      expect(Math.min(outcomes.parsed, outcomes.refused)).toBeGreaterThan((inputs * share) / 100)
    },
    timeout,
  )
})
