import { toHex } from '../bytes.ts'
import { DerReader } from '../der/reader.ts'
import { contextConstructed, tags } from '../der/tags.ts'
import { integerOf } from '../der/values.ts'
import { readExtensions, type Extension } from './extensions.ts'
import { ocspOids } from './oids.ts'

/** The certificate that a client asks about (RFC 6960 §4.1.1). */
export type CertificateId = {
  /** The whole CertID: an answer repeats it, octet for octet. */
  readonly der: Uint8Array
  /** Of node:crypto; undefined where it is none that is served. */
  readonly hash: OcspHash | undefined
  /** Lower-case hex. */
  readonly issuerNameHash: string
  readonly issuerKeyHash: string
  /** Decimal. */
  readonly serial: string
}

export type OcspRequest = {
  readonly certificates: readonly [CertificateId, ...CertificateId[]]
  /** Value of the extension, which an answer repeats; undefined: none. */
  readonly nonce: Uint8Array | undefined
}

export type OcspHash = (typeof hashes)[keyof typeof hashes]

/** SHA-1 is what every client uses; it names the issuer and proves nothing. */
const hashes = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
} as const

const what = 'OCSP request'
/** A client asks about one certificate; few about a chain. */
const maximumCertificates = 16
/** Sixteen questions, a nonce and a signature that nobody looks at. */
const maximumOctets = 16_384
const maximumSerialOctets = 21
/** RFC 9654 §2.1. */
const maximumNonceOctets = 128

/**
 * Reads an OCSPRequest (RFC 6960 §4.1.1). Signatures of requests are not looked at: anybody may ask. `malformed` if it is
 * none, asks too much, or its nonce has no or more than 128 octets.
 */
export function parseOcspRequest(bytes: Uint8Array): OcspRequest {
  const outer = new DerReader(bytes, what)
  if (bytes.length > maximumOctets) throw outer.fault(what, `more than ${maximumOctets} octets`)
  const request = outer.sequence(what)
  outer.finish(what)
  const tbs = request.sequence('contents')
  request.openOptional(contextConstructed(0), 'signature')
  request.finish(what)
  const version = tbs.openOptional(contextConstructed(0), 'version')?.smallInteger('version') ?? 0
  if (version !== 0) throw tbs.fault('version', 'must be 1')
  tbs.openOptional(contextConstructed(1), 'requestor name')
  const [first, ...others] = readCertificates(tbs.sequence('certificates'))
  const nonce = nonceOf(readExtensionsOf(tbs), tbs)
  tbs.finish('contents')
  if (first === undefined) throw tbs.fault('certificates', 'empty')
  return { certificates: [first, ...others], nonce }
}

function readCertificates(list: DerReader): CertificateId[] {
  const found: CertificateId[] = []
  while (!list.atEnd) {
    if (found.length === maximumCertificates) throw list.fault('certificates', `more than ${maximumCertificates}`)
    const entry = list.sequence('certificate')
    const id = entry.element(tags.sequence, 'certificate id')
    const extensions = entry.openOptional(contextConstructed(0), 'extensions')
    if (extensions !== undefined) refuseCritical(readExtensions(extensions), extensions)
    entry.finish('certificate')
    found.push({ der: id.der, ...readId(entry.within(id, 'certificate id')) })
  }
  return found
}

function readId(id: DerReader): Omit<CertificateId, 'der'> {
  const algorithm = id.sequence('hash algorithm')
  const oid = algorithm.oid('hash algorithm')
  if (!algorithm.atEnd && algorithm.element(tags.null, 'hash algorithm').content.length > 0) {
    throw algorithm.fault('hash algorithm', 'must have no parameters')
  }
  algorithm.finish('hash algorithm')
  const issuerNameHash = toHex(id.octetString('issuer name hash'))
  const issuerKeyHash = toHex(id.octetString('issuer key hash'))
  const { content } = id.element(tags.integer, 'serial number')
  const serial = content.length > maximumSerialOctets ? undefined : integerOf(content)
  if (serial === undefined)
    throw id.fault('serial number', `must be an integer of at most ${maximumSerialOctets} octets`)
  id.finish('certificate id')
  const hash = Object.hasOwn(hashes, oid) ? hashes[oid as keyof typeof hashes] : undefined
  return { hash, issuerNameHash, issuerKeyHash, serial: serial.toString() }
}

function readExtensionsOf(tbs: DerReader): readonly Extension[] {
  const extensions = tbs.openOptional(contextConstructed(2), 'extensions')
  if (extensions === undefined) return []
  const list = readExtensions(extensions)
  extensions.finish('extensions')
  refuseCritical(list, extensions)
  return list
}

function refuseCritical(extensions: readonly Extension[], reader: DerReader): void {
  const unknown = extensions.find(({ oid, critical }) => critical && oid !== ocspOids.nonce)
  if (unknown !== undefined) throw reader.fault(`extension ${unknown.oid}`, 'is critical and not known')
}

function nonceOf(extensions: readonly Extension[], tbs: DerReader): Uint8Array | undefined {
  const value = extensions.find(({ oid }) => oid === ocspOids.nonce)?.value
  if (value === undefined) return undefined
  const inside = tbs.inside(value, 'nonce')
  const { length } = inside.octetString('nonce')
  inside.finish('nonce')
  if (length === 0 || length > maximumNonceOctets)
    throw tbs.fault('nonce', `must have 1 to ${maximumNonceOctets} octets`)
  return value
}
