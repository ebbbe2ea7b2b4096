import { createPublicKey, type KeyObject } from 'node:crypto'
import { equalBytes, sha256Hex, utf8Bytes } from '../../../core/bytes.ts'
import { isSignetError } from '../../../core/errors.ts'
import { parseInstant } from '../../../core/instant.ts'
import type { Names } from '../../../core/names/names.ts'
import type { KubernetesObject, Named, OwnerReference } from '../../../core/resources/index.ts'
import { parseCertificates, type Certificate as X509 } from '../../../core/x509/certificate.ts'
import { commonNameOf } from '../../../core/x509/name.ts'
import { readPrivateKey } from '../../../core/x509/private-key.ts'
import { keyAlgorithmOf } from '../../../core/x509/public-key.ts'
import { verifyCertificateSignature } from '../../../core/x509/verify.ts'
import { annotations } from '../../names.ts'

/** A Secret (core/v1); `data` is base64. */
export type Secret = KubernetesObject & { type?: string; data?: Record<string, string> }

/** What a Secret of a Certificate holds, without anything that is secret: what `decide` works on and memory keeps. */
export type SecretFacts = {
  readonly resourceVersion: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly owner: OwnerReference | undefined
  /** SHA-256 of the text of ca.crt; undefined if there is none. */
  readonly caSha256: string | undefined
  readonly content: SecretContent
}

export type SecretContent =
  | { readonly state: 'missing'; readonly entry: 'tls.key' | 'tls.crt' }
  | { readonly state: 'bad key'; readonly problem: string }
  | { readonly state: 'bad certificate'; readonly problem: string }
  | { readonly state: 'no pair' }
  | { readonly state: 'pair'; readonly certificate: CertificateFacts }

export type CertificateFacts = {
  /** Decimal. */
  readonly serial: string
  readonly commonName: string
  readonly names: Names
  readonly isCA: boolean
  /** `EC-P256` and the like. */
  readonly keyAlgorithm: string
  /** Milliseconds since the epoch, as the next two. */
  readonly notBefore: number
  readonly notAfter: number
  /** When the authority signed it; notBefore where the Secret does not say. */
  readonly issuedAt: number
  /** SHA-256 of the certificate behind it in the chain, by which it is really signed; undefined if there is none. */
  readonly issuerSha256: string | undefined
}

/** Reads a Secret with its data. */
export function readSecretFacts(secret: Named<Secret>): SecretFacts {
  const { metadata, data = {} } = secret
  const ca = textOf(data['ca.crt'])
  return {
    resourceVersion: metadata.resourceVersion ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    owner: metadata.ownerReferences?.find(({ controller }) => controller === true),
    caSha256: ca === '' ? undefined : textSha256(ca),
    content: readContent(
      textOf(data['tls.key']),
      textOf(data['tls.crt']),
      metadata.annotations?.[annotations.issuedAt],
    ),
  }
}

/** What `SecretFacts.caSha256` is for this PEM text. */
export function textSha256(text: string): string {
  return sha256Hex(utf8Bytes(text))
}

/** The text of a value of `data`; empty if there is none. */
export function textOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8')
}

function readContent(keyPem: string, chainPem: string, issuedAt: string | undefined): SecretContent {
  if (keyPem === '') return { state: 'missing', entry: 'tls.key' }
  if (chainPem === '') return { state: 'missing', entry: 'tls.crt' }
  const key = attempt(() => createPublicKey(readPrivateKey(keyPem)))
  if ('problem' in key) return { state: 'bad key', problem: key.problem }
  const chain = attempt(() => parseCertificates(chainPem))
  if ('problem' in chain) return { state: 'bad certificate', problem: chain.problem }
  const [leaf, issuer] = chain.value
  if (leaf === undefined || !isKeyOf(key.value, leaf)) return { state: 'no pair' }
  const certificate = attempt(() => readCertificateFacts(leaf, issuer, issuedAt))
  if ('problem' in certificate) return { state: 'bad certificate', problem: certificate.problem }
  return { state: 'pair', certificate: certificate.value }
}

function readCertificateFacts(leaf: X509, issuer: X509 | undefined, issuedAt: string | undefined): CertificateFacts {
  const { serial, names, isCA, notBefore, notAfter } = leaf
  const signed = issuer !== undefined && verifyCertificateSignature(leaf, issuer)
  const said = parseInstant(issuedAt) ?? notBefore
  return {
    serial,
    commonName: commonNameOf(leaf.subject),
    names,
    isCA,
    keyAlgorithm: keyAlgorithmOf(leaf.spki),
    notBefore,
    notAfter,
    issuedAt: said >= notBefore && said < notAfter ? said : notBefore,
    issuerSha256: signed ? issuer.fingerprint : undefined,
  }
}

function isKeyOf(key: KeyObject, certificate: X509): boolean {
  return equalBytes(key.export({ type: 'spki', format: 'der' }), certificate.spki)
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (isSignetError(error)) return { problem: error.message }
    throw error
  }
}
