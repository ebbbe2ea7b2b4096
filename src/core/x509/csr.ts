import { createPublicKey, type KeyObject } from 'node:crypto'
import { DerReader } from '../der/reader.ts'
import { contextConstructed, tags } from '../der/tags.ts'
import * as der from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { hasNames, type Names } from '../names/names.ts'
import { decodePem } from '../pem.ts'
import {
  basicConstraintsExtension,
  encodeExtensions,
  extKeyUsageExtension,
  interpretExtensions,
  keyUsageExtension,
  readExtensions,
  subjectAltNameExtension,
  type BasicConstraints,
  type Extension,
  type KnownExtensions,
} from './extensions.ts'
import { isEmptyName, readName, type Name } from './name.ts'
import { extensionRequestOid } from './oids.ts'
import { importPublicKey } from './public-key.ts'
import {
  readSignatureAlgorithm,
  signatureAlgorithmDer,
  signatureAlgorithmFor,
  signData,
  verifyDataOnce,
} from './signature.ts'
import type { Usages } from './usages.ts'

/** A PKCS #10 certificate request (RFC 2986), parsed; its signature is not yet verified. */
export type CertificateRequest = Omit<KnownExtensions, 'authorityKeyId'> & {
  readonly der: Uint8Array
  /** The part that is signed. */
  readonly info: Uint8Array
  readonly subject: Name
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** The extensions that are asked for. */
  readonly extensions: readonly Extension[]
  /** Name of the algorithm as in Go; dotted OID if it is not supported. */
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
}

const what = 'certificate request'
/** A request with 1,000 DNS names and an RSA-8192 key has 30 KiB. */
const maximumOctets = 64 * 1024
const pemLabels = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])

/** Parses DER octets or a PEM text (its first block); `malformed` with the faulty field. */
export function parseCertificateRequest(derOrPem: Uint8Array | string): CertificateRequest {
  const bytes = typeof derOrPem === 'string' ? requestOfPem(derOrPem) : derOrPem
  if (bytes.length > maximumOctets) throw new SignetError('malformed', `${what} is larger than 64 KiB`)
  const outer = new DerReader(bytes, what)
  const request = outer.sequence('request')
  outer.finish('request')
  const info = request.element(tags.sequence, 'info')
  const { subject, spki, extensions } = readInfo(request.within(info, 'info'))
  const algorithm = readSignatureAlgorithm(request, 'signature algorithm')
  const signature = request.bitString('signature')
  request.finish('request')
  return {
    ...interpretExtensions(extensions, what),
    der: bytes,
    info: info.der,
    subject,
    spki,
    extensions,
    signatureAlgorithm: algorithm.name,
    signature: signature.bytes,
  }
}

/** Requires that the request is signed by its own key; `malformed` with step-ca's text if it is not. */
export function verifyCertificateRequest(request: CertificateRequest): void {
  if (verifyDataOnce(request.signatureAlgorithm, request.spki, request.info, request.signature)) return
  // Of a key that nobody can use it says so.
  importPublicKey(request.spki)
  throw new SignetError('malformed', 'invalid csr')
}

/** What a new request asks for. */
export type CertificateRequestContent = {
  readonly subject: Name
  readonly names: Names
  readonly privateKey: KeyObject
  readonly usages?: Usages
  readonly basicConstraints?: BasicConstraints
}

/** Makes and signs a request: DER octets. Extensions that have nothing to say are left out. */
export function createCertificateRequest(content: CertificateRequestContent): Uint8Array {
  const { privateKey, subject } = content
  const algorithm = signatureAlgorithmFor(privateKey)
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const info = der.sequence(der.integer(0), subject.der, spki, encodeAttributes(requestedExtensions(content)))
  const signature = signData(algorithm, privateKey, info)
  return der.sequence(info, signatureAlgorithmDer(algorithm), der.bitString(signature))
}

type Info = { readonly subject: Name; readonly spki: Uint8Array; readonly extensions: readonly Extension[] }

function readInfo(info: DerReader): Info {
  const version = info.smallInteger('version')
  if (version !== 0) throw info.fault('version', 'must be 1')
  const subject = readName(info, 'subject')
  const spki = info.element(tags.sequence, 'public key').der
  const attributes = info.openOptional(contextConstructed(0), 'attributes')
  info.finish('info')
  return { subject, spki, extensions: attributes === undefined ? [] : readAttributes(attributes) }
}

/** The extensions of the one extensionRequest attribute; other attributes ask for nothing that Signet gives. */
function readAttributes(attributes: DerReader): Extension[] {
  let extensions: Extension[] | undefined
  while (!attributes.atEnd) {
    const attribute = attributes.sequence('attribute')
    const oid = attribute.oid('attribute')
    const values = attribute.open(tags.set, `attribute ${oid}`)
    attribute.finish(`attribute ${oid}`)
    if (oid !== extensionRequestOid) continue
    if (extensions !== undefined) throw attributes.fault('extension request', 'present more than once')
    extensions = readExtensions(values)
    values.finish('extension request')
  }
  return extensions ?? []
}

function encodeAttributes(extensions: readonly Extension[]): Uint8Array {
  if (extensions.length === 0) return der.contextStructure(0)
  const attribute = der.sequence(der.oid(extensionRequestOid), der.setOf([encodeExtensions(extensions)]))
  return der.contextStructure(0, attribute)
}

function requestedExtensions({ names, subject, usages, basicConstraints }: CertificateRequestContent): Extension[] {
  const { keyUsage, extKeyUsage } = usages ?? { keyUsage: [], extKeyUsage: [] }
  return [
    ...(keyUsage.length > 0 ? [keyUsageExtension(keyUsage)] : []),
    ...(extKeyUsage.length > 0 ? [extKeyUsageExtension(extKeyUsage)] : []),
    ...(basicConstraints === undefined ? [] : [basicConstraintsExtension(basicConstraints)]),
    ...(hasNames(names) ? [subjectAltNameExtension(names, isEmptyName(subject))] : []),
  ]
}

function requestOfPem(text: string): Uint8Array {
  const [block] = decodePem(text)
  if (block === undefined || !pemLabels.has(block.label)) {
    throw new SignetError('malformed', 'PEM text does not start with a CERTIFICATE REQUEST block')
  }
  return block.der
}
