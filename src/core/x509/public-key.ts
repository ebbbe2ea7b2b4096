import { createPublicKey, type KeyObject } from 'node:crypto'
import { sha1 } from '../bytes.ts'
import { DerReader } from '../der/reader.ts'
import { tags } from '../der/tags.ts'
import { oidOf } from '../der/values.ts'
import { SignetError } from '../errors.ts'
import { encodePem } from '../pem.ts'
import { isMlDsa, mlDsaAlgorithms, type MlDsaAlgorithm } from './key-algorithm.ts'

/** What a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) says, read without the cost of a KeyObject. */
export type PublicKeyFacts =
  | { readonly kind: 'EC'; readonly curve: string; readonly point: Uint8Array }
  | { readonly kind: 'RSA'; readonly bits: number; readonly modulus: bigint; readonly exponent: bigint }
  | { readonly kind: 'Ed25519'; readonly key: Uint8Array }
  | { readonly kind: MlDsaAlgorithm; readonly key: Uint8Array; readonly hasParameters: boolean }
  | { readonly kind: 'other'; readonly algorithm: string }

const algorithms = { ec: '1.2.840.10045.2.1', rsa: '1.2.840.113549.1.1.1', ed25519: '1.3.101.112' } as const

/** RFC 9881 §2 and §4: the object identifier of the key is also that of its signatures. */
export const mlDsaKeys: Readonly<Record<MlDsaAlgorithm, { readonly oid: string; readonly octets: number }>> = {
  'ML-DSA-44': { oid: '2.16.840.1.101.3.4.3.17', octets: 1312 },
  'ML-DSA-65': { oid: '2.16.840.1.101.3.4.3.18', octets: 1952 },
  'ML-DSA-87': { oid: '2.16.840.1.101.3.4.3.19', octets: 2592 },
}

/** The curves that Signet accepts, with the octets of one coordinate. */
const curves: Readonly<Record<string, { readonly name: string; readonly octets: number }>> = {
  '1.2.840.10045.3.1.7': { name: 'P-256', octets: 32 },
  '1.3.132.0.34': { name: 'P-384', octets: 48 },
  '1.3.132.0.35': { name: 'P-521', octets: 66 },
}
const coordinateOctets = new Map(Object.values(curves).map(({ name, octets }) => [name, octets]))

/** TLS stacks refuse more: Go's and so step's limit is 8192 bits. */
const maximumRsaBits = 8192
const minimumRsaBits = 2048
/** Go refuses larger exponents. */
const maximumRsaExponent = 0x7fffffffn

/** Reads a SubjectPublicKeyInfo; `malformed` if it is none. Whether the key is acceptable says `checkPublicKey`. */
export function readPublicKey(spki: Uint8Array): PublicKeyFacts {
  const { algorithm, parameters, key } = partsOf(spki)
  if (algorithm === algorithms.ec) return { kind: 'EC', curve: curveOf(parameters), point: key }
  if (algorithm === algorithms.ed25519) return { kind: 'Ed25519', key }
  const mlDsa = mlDsaAlgorithms.find((name) => mlDsaKeys[name].oid === algorithm)
  if (mlDsa !== undefined) return { kind: mlDsa, key, hasParameters: parameters !== undefined }
  return algorithm === algorithms.rsa ? readRsaKey(key) : { kind: 'other', algorithm }
}

/** SHA-1 of the subjectPublicKey BIT STRING's octets (RFC 5280 §4.2.1.2, method 1), as step-ca does. */
export function subjectKeyIdOf(spki: Uint8Array): Uint8Array {
  return sha1(partsOf(spki).key)
}

/** The octets of the subjectPublicKey BIT STRING, which is what identifiers of keys are hashes of. */
export function keyOctetsOf(spki: Uint8Array): Uint8Array {
  return partsOf(spki).key
}

/** `EC-P256`, `RSA-2048`, `Ed25519` …: KeyAlgorithm where Signet makes such keys; else the like, or the dotted OID. */
export function keyAlgorithmOf(spki: Uint8Array): string {
  const facts = readPublicKey(spki)
  if (facts.kind === 'EC') return `EC-${facts.curve.replace('-', '')}`
  if (facts.kind === 'RSA') return `RSA-${facts.bits}`
  return facts.kind === 'other' ? facts.algorithm : facts.kind
}

/** A KeyObject (about 25 µs; from DER 56, because node:crypto dwells on an object around the key); `malformed` if it cannot be used. */
export function importPublicKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey(encodePem('PUBLIC KEY', spki))
  } catch (error) {
    throw new SignetError('malformed', 'public key cannot be read: use EC, RSA or Ed25519', { cause: error })
  }
}

/**
 * Requires a key that Signet certifies: RSA of 2048 to 8192 bits with odd modulus and usable exponent, EC on P-256, P-384
 * or P-521, Ed25519, with `mlDsa` also ML-DSA. Takes a KeyObject or a DER SubjectPublicKeyInfo. `malformed` otherwise; for a
 * short RSA key in step-ca's words, which answers 403 to it, as if there were somebody whom it is allowed.
 */
export function checkPublicKey(key: KeyObject | Uint8Array, mlDsa = false): void {
  const facts = readPublicKey(key instanceof Uint8Array ? key : key.export({ type: 'spki', format: 'der' }))
  const problem = !mlDsa && isMlDsa(facts.kind) ? `${facts.kind} keys are not certified here` : problemOf(facts)
  if (problem !== undefined) throw new SignetError('malformed', problem, { reason: 'KeyNotAllowed' })
  if (facts.kind === 'RSA' && facts.bits < minimumRsaBits) {
    const message = 'certificate request RSA key must be at least 2048 bits (256 bytes)'
    throw new SignetError('malformed', message, { reason: 'KeyNotAllowed' })
  }
}

function problemOf(facts: PublicKeyFacts): string | undefined {
  if (facts.kind === 'other') return `public key algorithm ${facts.algorithm} is not supported: use EC, RSA or Ed25519`
  if (facts.kind === 'EC') return ecProblemOf(facts.curve, facts.point)
  if (facts.kind === 'Ed25519') return facts.key.length === 32 ? undefined : 'Ed25519 public key must have 32 bytes'
  return facts.kind === 'RSA' ? rsaProblemOf(facts) : mlDsaProblemOf(facts)
}

function mlDsaProblemOf({ kind, key, hasParameters }: PublicKeyFacts & { kind: MlDsaAlgorithm }): string | undefined {
  if (hasParameters) return `${kind} public key must have no parameters`
  const { octets } = mlDsaKeys[kind]
  return key.length === octets ? undefined : `${kind} public key must have ${octets} bytes`
}

function ecProblemOf(curve: string, point: Uint8Array): string | undefined {
  const octets = coordinateOctets.get(curve)
  if (octets === undefined) return `elliptic curve ${curve} is not supported: use P-256, P-384 or P-521`
  const uncompressed = point[0] === 4 && point.length === 1 + 2 * octets
  return uncompressed ? undefined : `EC public key must be an uncompressed point of ${curve}`
}

function rsaProblemOf({ bits, modulus, exponent }: PublicKeyFacts & { kind: 'RSA' }): string | undefined {
  if (modulus <= 0n || modulus % 2n === 0n) return 'RSA modulus must be odd'
  if (bits > maximumRsaBits) return `RSA key must have at most ${maximumRsaBits} bits`
  if (exponent < 3n || exponent % 2n === 0n) return 'RSA exponent must be odd and at least 3'
  return exponent > maximumRsaExponent ? 'RSA exponent must be below 2^31' : undefined
}

type Parts = { readonly algorithm: string; readonly parameters: Uint8Array | undefined; readonly key: Uint8Array }

/**
 * What was read last: one issuance asks five times about the same octets, and some are under way at a time. Nobody changes
 * octets that were given to a parser. A WeakMap would keep all of them until the next full collection.
 */
const remembered: { readonly spki: Uint8Array; readonly parts: Parts }[] = []
const mostRemembered = 16
let oldest = 0

function partsOf(spki: Uint8Array): Parts {
  for (const one of remembered) if (one.spki === spki) return one.parts
  const parts = readParts(spki)
  remembered[oldest] = { spki, parts }
  oldest = (oldest + 1) % mostRemembered
  return parts
}

function readParts(spki: Uint8Array): Parts {
  const outer = new DerReader(spki, 'public key')
  const info = outer.sequence('public key info')
  outer.finish('public key info')
  const identifier = info.sequence('algorithm')
  const algorithm = identifier.oid('algorithm')
  const parameters = identifier.atEnd ? undefined : identifier.any('algorithm parameters').der
  identifier.finish('algorithm')
  const { bytes, unusedBits } = info.bitString('key')
  info.finish('public key info')
  if (unusedBits !== 0) throw info.fault('key', 'must be whole bytes')
  return { algorithm, parameters, key: bytes }
}

/** The name of a supported curve, else its OID: explicit curve parameters have neither and are no supported curve. */
function curveOf(parameters: Uint8Array | undefined): string {
  const dotted = parameters?.[0] === tags.oid ? oidOf(parameters.subarray(2)) : undefined
  if (dotted === undefined) return 'with explicit parameters'
  return curves[dotted]?.name ?? dotted
}

function readRsaKey(key: Uint8Array): PublicKeyFacts {
  const outer = new DerReader(key, 'RSA public key')
  const numbers = outer.sequence('key')
  outer.finish('key')
  const modulus = numbers.integer('modulus')
  const exponent = numbers.integer('exponent')
  numbers.finish('key')
  return { kind: 'RSA', bits: modulus > 0n ? modulus.toString(2).length : 0, modulus, exponent }
}
