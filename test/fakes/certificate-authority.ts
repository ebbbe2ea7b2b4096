import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { CaClient } from '../../src/client/ca-client.ts'
import { parseDuration } from '../../src/core/duration.ts'
import { SignetError } from '../../src/core/errors.ts'
import type { Names } from '../../src/core/names/names.ts'
import { encodePem } from '../../src/core/pem.ts'
import { buildTbsCertificate, issuerFactsOf, signCertificate } from '../../src/core/x509/build.ts'
import {
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../src/core/x509/certificate-authority.ts'
import { certificatesToPem, parseCertificate, type Certificate } from '../../src/core/x509/certificate.ts'
import { parseCertificateRequest } from '../../src/core/x509/csr.ts'
import type { Name } from '../../src/core/x509/name.ts'

type Level = { readonly certificate: Certificate; readonly key: KeyObject }
type Chain = { readonly root: Level; readonly intermediate: Level }

export type FakeAuthority = {
  /** What the next calls see as the time, in milliseconds since the epoch. */
  now: number
  /** Life of a certificate for which no duration is asked, in milliseconds. */
  lifetime: number
  /** Thrown by the next calls of this name, one each. */
  readonly failures: { call: keyof CaClient; error: SignetError }[]
  /** Names of the calls that were made. */
  readonly calls: (keyof CaClient)[]
  /** Tokens that were shown. */
  readonly tokens: string[]
  /** The active roots in PEM. */
  roots(): string
  /** The certificate that signs now. */
  intermediate(): Certificate
  /** From now on another root and intermediate; the old root is active no more unless `keep`. */
  rotate(options?: { keep: boolean }): void
  /** A client as `createCaClient` makes it: it fails where it does not trust the authority. */
  connect(roots: string): CaClient
}

const day = 86_400_000
const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' })

let serial = 1000
const nextSerial = (): string => String((serial += 1))

/** An authority in memory with real keys and certificates, which believes everybody. */
export function createFakeAuthority(now: number): FakeAuthority {
  let chain = createChain('One', now)
  let active = [chain.root.certificate]
  const authority: FakeAuthority = {
    now,
    lifetime: day,
    failures: [],
    calls: [],
    tokens: [],
    roots: () => certificatesToPem(...active),
    intermediate: () => chain.intermediate.certificate,
    rotate({ keep } = { keep: false }) {
      chain = createChain('Two', authority.now)
      active = keep ? [...active, chain.root.certificate] : [chain.root.certificate]
    },
    connect: (roots) =>
      clientOf(
        authority,
        roots,
        () => chain,
        () => active,
      ),
  }
  return authority
}

function clientOf(authority: FakeAuthority, roots: string, chain: () => Chain, active: () => Certificate[]): CaClient {
  const enter = (call: keyof CaClient): void => {
    authority.calls.push(call)
    const index = authority.failures.findIndex((failure) => failure.call === call)
    if (index >= 0) throw authority.failures.splice(index, 1)[0]?.error
    if (roots.includes(certificatesToPem(chain().root.certificate).trim())) return
    throw new SignetError('unavailable', 'cannot reach the authority: self-signed certificate in certificate chain')
  }
  const issued = (subject: Name, names: Names, spki: Uint8Array, life: number) => ({
    certificateChain: issue(chain(), { subject, names, spki, now: authority.now, life }),
    requestId: `request-${authority.calls.length}`,
  })
  return {
    health: async () => enter('health'),
    async roots() {
      enter('roots')
      return active().map((root) => certificatesToPem(root))
    },
    async sign({ csr, ott, notAfter }) {
      enter('sign')
      authority.tokens.push(ott)
      const { subject, names, spki } = parseCertificateRequest(csr)
      return issued(subject, names, spki, notAfter === undefined ? authority.lifetime : parseDuration(notAfter))
    },
    async renew({ certificateChain }) {
      enter('renew')
      const { subject, names, spki, notBefore, notAfter } = parseCertificate(certificateChain)
      return issued(subject, names, spki, notAfter - notBefore)
    },
    renewByToken: () => Promise.reject(new SignetError('not-found', 'there is none')),
    revoke: () => Promise.reject(new SignetError('not-found', 'there is none')),
    federation: () => Promise.resolve([]),
    provisioners: () => Promise.resolve([]),
    encryptedKey: () => Promise.reject(new SignetError('not-found', 'there is none')),
    close: () => undefined,
  }
}

type Wanted = { subject: Name; names: Names; spki: Uint8Array; now: number; life: number }

function issue({ intermediate }: Chain, { subject, names, spki, now, life }: Wanted): string {
  const issuer = issuerFactsOf(intermediate.certificate)
  const content = {
    serial: nextSerial(),
    subject,
    names,
    notBefore: now - 60_000,
    notAfter: now + life,
    spki,
    keyUsage: ['digitalSignature'] as const,
    extKeyUsage: ['serverAuth', 'clientAuth'] as const,
    extensions: [],
  }
  const leaf = signCertificate(buildTbsCertificate(content, issuer), issuer.signatureAlgorithm, intermediate.key)
  return encodePem('CERTIFICATE', leaf) + certificatesToPem(intermediate.certificate)
}

function createChain(name: string, now: number): Chain {
  const validity = { notBefore: now - day, notAfter: now + 3650 * day }
  const rootKeys = newKeys()
  const root = createRootCertificate({
    subject: authoritySubject(name, 'Root'),
    serial: nextSerial(),
    privateKey: rootKeys.privateKey,
    ...validity,
  })
  const keys = newKeys()
  const intermediate = createIntermediateCertificate({
    subject: authoritySubject(name, 'Intermediate'),
    serial: nextSerial(),
    spki: spkiOf(keys.publicKey),
    issuer: root,
    issuerKey: rootKeys.privateKey,
    ...validity,
  })
  return {
    root: { certificate: root, key: rootKeys.privateKey },
    intermediate: { certificate: intermediate, key: keys.privateKey },
  }
}
