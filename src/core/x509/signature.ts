import { constants, sign, verify, type KeyObject, type SigningOptions } from 'node:crypto'
import { equalBytes } from '../bytes.ts'
import type { DerReader } from '../der/reader.ts'
import { tags } from '../der/tags.ts'
import * as der from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { encodePem } from '../pem.ts'
import { mlDsaAlgorithms, type MlDsaAlgorithm } from './key-algorithm.ts'
import { mlDsaKeys, readPublicKey, type PublicKeyFacts } from './public-key.ts'

type Row = {
  /** As step's templates and Go call it. */
  readonly name: string
  readonly oid: string
  /** The whole AlgorithmIdentifier. */
  readonly der: Uint8Array
  readonly keyType: 'ec' | 'rsa' | 'ed25519' | Lowercase<MlDsaAlgorithm>
  /** Of node:crypto; null where the algorithm hashes itself. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly options?: SigningOptions
}

const sha2 = [
  {
    digest: 'sha256',
    oid: '2.16.840.1.101.3.4.2.1',
    octets: 32,
    ecdsa: '1.2.840.10045.4.3.2',
    rsa: '1.2.840.113549.1.1.11',
  },
  {
    digest: 'sha384',
    oid: '2.16.840.1.101.3.4.2.2',
    octets: 48,
    ecdsa: '1.2.840.10045.4.3.3',
    rsa: '1.2.840.113549.1.1.12',
  },
  {
    digest: 'sha512',
    oid: '2.16.840.1.101.3.4.2.3',
    octets: 64,
    ecdsa: '1.2.840.10045.4.3.4',
    rsa: '1.2.840.113549.1.1.13',
  },
] as const

const pssOid = '1.2.840.113549.1.1.10'
const ed25519Oid = '1.3.101.112'

/** What node:crypto calls these keys. */
const mlDsaTypes = {
  'ML-DSA-44': 'ml-dsa-44',
  'ML-DSA-65': 'ml-dsa-65',
  'ML-DSA-87': 'ml-dsa-87',
} as const satisfies Readonly<Record<MlDsaAlgorithm, string>>

/** Signature algorithms that Signet makes and accepts. No SHA-1: signatures with it can be forged. */
const rows: readonly Row[] = [
  ...sha2.flatMap(({ digest, oid, octets, ecdsa, rsa }): Row[] => {
    const hash = digest.toUpperCase()
    return [
      { name: `ECDSA-${hash}`, oid: ecdsa, der: der.sequence(der.oid(ecdsa)), keyType: 'ec', digest },
      { name: `${hash}-RSA`, oid: rsa, der: der.sequence(der.oid(rsa), der.nullValue), keyType: 'rsa', digest },
      {
        name: `${hash}-RSAPSS`,
        oid: pssOid,
        der: der.sequence(der.oid(pssOid), pssParameters(oid, octets)),
        keyType: 'rsa',
        digest,
        options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: octets },
      },
    ]
  }),
  { name: 'PureEd25519', oid: ed25519Oid, der: der.sequence(der.oid(ed25519Oid)), keyType: 'ed25519', digest: null },
  ...mlDsaAlgorithms.map((name): Row => {
    const { oid } = mlDsaKeys[name]
    return { name, oid, der: der.sequence(der.oid(oid)), keyType: mlDsaTypes[name], digest: null }
  }),
]
const rowsByName = new Map(rows.map((row) => [row.name, row]))

const ecAlgorithms: Readonly<Record<string, string>> = {
  prime256v1: 'ECDSA-SHA256',
  secp384r1: 'ECDSA-SHA384',
  secp521r1: 'ECDSA-SHA512',
}

/**
 * The algorithm with which this key signs: ECDSA by curve, RSA with SHA-256, Ed25519, ML-DSA. `preferred` is the algorithm of the
 * issuer's own certificate: an RSA issuer that was signed with PSS signs with PSS, as step-ca's does.
 */
export function signatureAlgorithmFor(key: KeyObject, preferred?: string): string {
  const kind = key.asymmetricKeyType
  if (kind === 'ed25519') return 'PureEd25519'
  if (kind === 'rsa') return preferred?.endsWith('-RSAPSS') ? preferred : 'SHA256-RSA'
  const mlDsa = mlDsaAlgorithms.find((name) => mlDsaTypes[name] === kind)
  const name = kind === 'ec' ? ecAlgorithms[key.asymmetricKeyDetails?.namedCurve ?? ''] : mlDsa
  if (name === undefined)
    throw new SignetError('malformed', 'issuer key must be EC P-256, P-384 or P-521, RSA or Ed25519')
  return name
}

/** The encoded AlgorithmIdentifier; `malformed` for a name that is no algorithm here. */
export function signatureAlgorithmDer(name: string): Uint8Array {
  return rowOf(name).der
}

/** Reads an AlgorithmIdentifier: the name of the algorithm, or its dotted OID if it is none here. */
export function readSignatureAlgorithm(reader: DerReader, field: string): { name: string; der: Uint8Array } {
  const element = reader.element(tags.sequence, field)
  const identifier = reader.within(element, field)
  const oid = identifier.oid(field)
  if (!identifier.atEnd) identifier.any(field)
  identifier.finish(field)
  const row = rows.find((row) => row.oid === oid && (oid !== pssOid || equalBytes(row.der, element.der)))
  return { name: row?.name ?? oid, der: element.der }
}

/** The signature of `data`, as a certificate's BIT STRING holds it. */
export function signData(algorithm: string, privateKey: KeyObject, data: Uint8Array): Uint8Array {
  const { digest, options } = rowOf(algorithm)
  return sign(digest, data, withOptions(privateKey, options))
}

/** Did this key sign `data`? False also for an algorithm that is unknown or does not belong to the key. */
export function verifyData(algorithm: string, publicKey: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  const row = rowsByName.get(algorithm)
  if (row === undefined || publicKey.asymmetricKeyType !== row.keyType) return false
  try {
    return verify(row.digest, data, withOptions(publicKey, row.options), signature)
  } catch {
    // OpenSSL throws for keys that it cannot compute with, such as an even RSA modulus: nothing signed by them counts.
    return false
  }
}

/**
 * As `verifyData`, for a key that is used once: without a KeyObject, whose 5 KiB of native memory wait for a garbage
 * collector that does not see them.
 */
export function verifyDataOnce(algorithm: string, spki: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const row = rowsByName.get(algorithm)
  if (row === undefined || keyTypes[readPublicKey(spki).kind] !== row.keyType) return false
  const key = encodePem('PUBLIC KEY', spki)
  try {
    return verify(row.digest, data, row.options === undefined ? key : { key, ...row.options }, signature)
  } catch {
    return false
  }
}

const keyTypes: Readonly<Record<PublicKeyFacts['kind'], Row['keyType'] | undefined>> = {
  EC: 'ec',
  RSA: 'rsa',
  Ed25519: 'ed25519',
  ...mlDsaTypes,
  other: undefined,
}

/** The bare key where there are no options: node:crypto spends 20 µs on an object around it. */
function withOptions(
  key: KeyObject,
  options: SigningOptions | undefined,
): KeyObject | (SigningOptions & { key: KeyObject }) {
  return options === undefined ? key : { key, ...options }
}

function rowOf(name: string): Row {
  const row = rowsByName.get(name)
  if (row === undefined)
    throw new SignetError('malformed', `signature algorithm "${name.slice(0, 64)}" is not supported`)
  return row
}

/** RSASSA-PSS-params (RFC 4055 §3.1) with MGF1 over the same hash and a salt of the hash's length. */
function pssParameters(hashOid: string, saltOctets: number): Uint8Array {
  const hash = der.sequence(der.oid(hashOid), der.nullValue)
  const mgf1 = der.sequence(der.oid('1.2.840.113549.1.1.8'), hash)
  return der.sequence(
    der.contextStructure(0, hash),
    der.contextStructure(1, mgf1),
    der.contextStructure(2, der.integer(saltOctets)),
  )
}
