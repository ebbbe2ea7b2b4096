import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { certificatesToPem } from '../../src/core/x509/certificate.ts'
import { authoritySubject, createRootCertificate } from '../../src/core/x509/certificate-authority.ts'

/** Tokens as the clouds, and `step` on their instances, make them. */

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A key as the clouds sign with. */
export type CloudKey = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }

export const aCloudKey = (): CloudKey => generateKeyPairSync('rsa', { modulusLength: 2048 })

/** PEM of a certificate for that key, valid in 2026. */
export function certificateOf({ privateKey }: CloudKey): string {
  const validity = { notBefore: Date.UTC(2025, 0, 1), notAfter: Date.UTC(2035, 0, 1) }
  const subject = authoritySubject('Cloud', 'Root')
  return certificatesToPem(createRootCertificate({ subject, serial: '21', privateKey, ...validity }))
}

/** A JWT by RS256, or with another header. */
export function anRsaToken(claims: object, key: KeyObject, header: object = {}): string {
  const text = `${encode({ alg: 'RS256', typ: 'JWT', ...header })}.${encode(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

/** An instance identity document of EC2, as text. */
export function identityDocument(changes: object = {}): string {
  const document = {
    accountId: '123456789012',
    architecture: 'x86_64',
    availabilityZone: 'us-west-2b',
    billingProducts: null,
    imageId: 'ami-5fb8c835',
    instanceId: 'i-1234567890abcdef0',
    instanceType: 't2.micro',
    pendingTime: '2026-01-01T11:30:00Z',
    privateIp: '10.158.112.84',
    region: 'us-west-2',
    version: '2017-09-30',
  }
  return JSON.stringify({ ...document, ...changes })
}

export type AwsTokenParts = {
  readonly claims: object
  readonly document?: string
  /** Signs the document. */
  readonly key: KeyObject
  readonly header?: object
  /** Members of the claim `amazon` in place of those that are right. */
  readonly amazon?: object
  /** What authenticates the token in place of the document's signature. */
  readonly secret?: string
}

/** The token that `step` makes of a document and its signature. */
export function anAwsToken({ claims, key, header, amazon, secret, ...parts }: AwsTokenParts): string {
  const document = Buffer.from(parts.document ?? identityDocument())
  const signature = sign('sha256', document, key)
  const claim = { document: document.toString('base64'), signature: signature.toString('base64'), ...amazon }
  const text = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ ...claims, amazon: claim })}`
  const code = createHmac('sha256', secret ?? signature).update(text)
  return `${text}.${code.digest('base64url')}`
}

/** What publishes a key: a JWK Set. */
export const keySetOf = ({ publicKey }: CloudKey, kid: string): object => ({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }],
})
