import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Named } from '../../src/core/resources/index.ts'
import { certificatesToPem, type Certificate } from '../../src/core/x509/certificate.ts'
import {
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../src/core/x509/certificate-authority.ts'
import type { Secret } from '../../src/operator/controllers/certificate/secret-facts.ts'

const year = 365 * 86_400_000
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

export const spkiOf = (key: KeyObject): Uint8Array => createPublicKey(key).export({ type: 'spki', format: 'der' })

export type TestLevel = { readonly certificate: Certificate; readonly key: KeyObject }

/** A root with its key, valid from a year before `now` for ten years, or until `notAfter`. */
export function aRoot(now: number, notAfter = now + 10 * year): TestLevel {
  const key = newKey()
  const subject = authoritySubject('Brought', 'Root')
  const validity = { notBefore: now - year, notAfter }
  return { key, certificate: createRootCertificate({ subject, serial: '11', privateKey: key, ...validity }) }
}

/** An intermediate under that root, for a new key or for the given one. */
export function anIntermediate(root: TestLevel, now: number, key = newKey()): TestLevel {
  const certificate = createIntermediateCertificate({
    subject: authoritySubject('Brought', 'Intermediate'),
    serial: '12',
    notBefore: now - year / 2,
    notAfter: now + year,
    spki: spkiOf(key),
    issuer: root.certificate,
    issuerKey: root.key,
  })
  return { key, certificate }
}

export const pemOf = ({ certificate }: TestLevel): string => certificatesToPem(certificate)
export const keyPemOf = ({ key }: TestLevel): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

/** A Secret in `signet-system` with these texts, labelled as the operator's for the Authority `signet`. */
export function aSecret(
  name: string,
  texts: Readonly<Record<string, string>>,
  labels: Record<string, string> = { 'signet.dev/authority': 'signet' },
): Named<Secret> {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'signet-system', labels }, data }
}
