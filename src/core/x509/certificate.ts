import type { KeyObject } from 'node:crypto'
import { equalBytes, sha256Hex } from '../bytes.ts'
import { DerReader } from '../der/reader.ts'
import { contextConstructed, contextPrimitive, tags } from '../der/tags.ts'
import { integerOf } from '../der/values.ts'
import { SignetError } from '../errors.ts'
import { decodePemBlocks, encodePem } from '../pem.ts'
import { interpretExtensions, readExtensions, type Extension, type KnownExtensions } from './extensions.ts'
import { readName, type Name } from './name.ts'
import { importPublicKey } from './public-key.ts'
import { readSignatureAlgorithm, verifyData } from './signature.ts'

/** An X.509 certificate (RFC 5280 §4.1), parsed; nothing about it is verified. */
export type Certificate = KnownExtensions & {
  readonly der: Uint8Array
  /** The part that is signed. */
  readonly tbs: Uint8Array
  /** Decimal. */
  readonly serial: string
  readonly subject: Name
  readonly issuer: Name
  /** Milliseconds since the epoch; valid from this second on. */
  readonly notBefore: number
  /** Milliseconds since the epoch; valid through this second. */
  readonly notAfter: number
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Made on first use: `malformed` if node:crypto does not know the key. */
  publicKey(): KeyObject
  /** Did this key sign it? Costs 0.1 ms; a yes is remembered for the same KeyObject, since it never becomes a no. */
  isSignedBy(key: KeyObject): boolean
  readonly extensions: readonly Extension[]
  /** Name of the algorithm as in Go; dotted OID if it is not supported. */
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
  /** Lower-case hex SHA-256 of `der`, made on first use: nobody asks for a leaf's. */
  readonly fingerprint: string
}

const what = 'certificate'
/** Ten times the largest that browsers meet. */
const maximumOctets = 128 * 1024
/** 20 octets (RFC 5280 §4.1.2.2) and the leading zero that some CAs did not count. */
const maximumSerialOctets = 21

/** Parses DER octets or a PEM text (its first certificate); `malformed` with the faulty field. */
export function parseCertificate(derOrPem: Uint8Array | string): Certificate {
  const bytes = typeof derOrPem === 'string' ? firstOf(decodePemBlocks(derOrPem, 'CERTIFICATE')) : derOrPem
  if (bytes.length > maximumOctets) throw new SignetError('malformed', `${what} is larger than 128 KiB`)
  const outer = new DerReader(bytes, what)
  const certificate = outer.sequence(what)
  outer.finish(what)
  const tbs = certificate.element(tags.sequence, 'contents')
  const fields = readTbs(certificate.within(tbs, 'contents'))
  const algorithm = readSignatureAlgorithm(certificate, 'signature algorithm')
  const signature = certificate.bitString('signature')
  certificate.finish(what)
  if (!equalBytes(algorithm.der, fields.algorithm)) {
    throw outer.fault('signature algorithm', 'differs inside and outside of the signed part')
  }
  let publicKey: KeyObject | undefined
  let signer: KeyObject | undefined
  let fingerprint: string | undefined
  const { algorithm: _, ...contents } = fields
  return {
    ...interpretExtensions(fields.extensions, what),
    ...contents,
    der: bytes,
    tbs: tbs.der,
    publicKey: () => (publicKey ??= importPublicKey(fields.spki)),
    isSignedBy(key) {
      if (key !== signer && verifyData(algorithm.name, key, tbs.der, signature.bytes)) signer = key
      return key === signer
    },
    signatureAlgorithm: algorithm.name,
    signature: signature.bytes,
    get fingerprint() {
      return (fingerprint ??= sha256Hex(bytes))
    },
  }
}

/**
 * Did this key sign this certificate (DER)? Reads only the three outer fields (RFC 5280 §4.1.1); `malformed` if they are not
 * there.
 */
export function isSignedBy(certificate: Uint8Array, key: KeyObject): boolean {
  const outer = new DerReader(certificate, what).sequence(what)
  const tbs = outer.element(tags.sequence, 'contents').der
  const { name } = readSignatureAlgorithm(outer, 'signature algorithm')
  return verifyData(name, key, tbs, outer.bitString('signature').bytes)
}

/** Every certificate of a PEM text, in order; `malformed` if there is none. */
export function parseCertificates(pem: string): Certificate[] {
  return decodePemBlocks(pem, 'CERTIFICATE').map((der) => parseCertificate(der))
}

/** PEM of certificates, one block each. */
export function certificatesToPem(...certificates: readonly Pick<Certificate, 'der'>[]): string {
  return certificates.map(({ der }) => encodePem('CERTIFICATE', der)).join('')
}

type Contents = Pick<
  Certificate,
  'serial' | 'issuer' | 'notBefore' | 'notAfter' | 'subject' | 'spki' | 'extensions'
> & {
  readonly algorithm: Uint8Array
}

function readTbs(tbs: DerReader): Contents {
  const version = tbs.openOptional(contextConstructed(0), 'version')?.smallInteger('version') ?? 0
  if (version > 2) throw tbs.fault('version', 'must be 1, 2 or 3')
  const serial = readSerial(tbs)
  const algorithm = readSignatureAlgorithm(tbs, 'signature algorithm').der
  const issuer = readName(tbs, 'issuer')
  const validity = tbs.sequence('validity')
  const notBefore = validity.time('notBefore')
  const notAfter = validity.time('notAfter')
  validity.finish('validity')
  const subject = readName(tbs, 'subject')
  const spki = tbs.element(tags.sequence, 'public key').der
  // issuerUniqueID and subjectUniqueID: nobody uses them (RFC 5280 §4.1.2.8).
  tbs.optional(contextPrimitive(1), 'issuer unique id')
  tbs.optional(contextPrimitive(2), 'subject unique id')
  const extensions = tbs.openOptional(contextConstructed(3), 'extensions')
  tbs.finish('contents')
  if (extensions !== undefined && version !== 2) throw tbs.fault('extensions', 'only version 3 has them')
  const list = extensions === undefined ? [] : readExtensions(extensions)
  extensions?.finish('extensions')
  return { serial, algorithm, issuer, notBefore, notAfter, subject, spki, extensions: list }
}

function readSerial(tbs: DerReader): string {
  const { content } = tbs.element(tags.integer, 'serial number')
  const serial = content.length > maximumSerialOctets ? undefined : integerOf(content)
  if (serial === undefined || serial < 0n) {
    throw tbs.fault('serial number', `must be a non-negative integer of at most ${maximumSerialOctets} octets`)
  }
  return serial.toString()
}

function firstOf(blocks: readonly Uint8Array[]): Uint8Array {
  return blocks[0] ?? new Uint8Array()
}
