import { createPublicKey, generateKeyPairSync, randomUUID, X509Certificate, type KeyObject } from 'node:crypto'
import { sha256Hex, toBase64 } from '../../src/core/bytes.ts'
import { encodePem } from '../../src/core/pem.ts'
import type { Json } from '../../src/core/templates/template.ts'
import { aCsr } from '../builders/csr.ts'
import { aRoot, pemOf, spkiOf } from '../builders/ca-material.ts'
import { aToken } from '../builders/tokens.ts'
import { hour } from '../builders/x509.ts'
import { corp, credential, intermediate } from '../interop/support/credentials.ts'

/** Keys that live as long as the process, by name; those not listed are on P-256. */
const makers: Readonly<Record<string, () => KeyObject>> = {
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'RSA-1024': () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
}

export type CsrMark = {
  readonly commonName?: string
  readonly sans?: readonly string[]
  readonly key?: string
  /** Its last octet is another one. */
  readonly broken?: boolean
}

export type TokenMark = {
  /** The provisioner. */
  readonly by: string
  /** The key that signs; unless given the provisioner's. */
  readonly key?: string
  readonly header?: Json
  /** In place of the usual ones; null leaves one out. */
  readonly claims?: Readonly<Record<string, Json>>
}

export type RenewTokenMark = Omit<TokenMark, 'by'> & {
  /** The case whose certificate is to be renewed. */
  readonly of: string
}

/** What requests are made of. */
export type World = {
  /** The same without marks. */
  resolve(value: Json): Json
  keyOf(name: string): KeyObject
  /** Name of the key that has this SubjectPublicKeyInfo. */
  nameOfKey(spki: Uint8Array): string | undefined
  /** PEM of the certificates that came of a case, leaf first. */
  remember(name: string, chain: readonly string[]): void
  chainOf(name: string): readonly string[]
  /** Name of the key for which the certificate of a case is. */
  keyOfCase(name: string): string
  /** By case. */
  readonly serials: ReadonlyMap<string, string>
  /** A root of somebody else, PEM. */
  readonly federated: string
}

/** Fresh keys; `now` in milliseconds. */
export function createWorld(now: () => number): World {
  const keys = new Map<string, KeyObject>()
  const chains = new Map<string, readonly string[]>()
  const serials = new Map<string, string>()
  const requests = new Map<string, Uint8Array>()
  const seconds = (): number => Math.floor(now() / 1000)

  function keyOf(name: string): KeyObject {
    const known = keys.get(name)
    if (known !== undefined) return known
    const made = makers[name]?.() ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    keys.set(name, made)
    return made
  }
  function chainOf(name: string): readonly string[] {
    const chain = chains.get(name)
    if (chain === undefined) throw new Error(`case "${name}" brought no certificate`)
    return chain
  }
  /** Signatures are random: the same description is the same CSR. */
  function csrOf(mark: CsrMark): Uint8Array {
    const text = JSON.stringify(mark)
    const known = requests.get(text)
    if (known !== undefined) return known
    const { commonName, sans, key = 'client', broken = false } = mark
    const { der } = aCsr({
      subject: commonName === undefined ? {} : { commonName },
      ...(sans && { sans }),
      privateKey: keyOf(key),
    })
    const octets = Buffer.from(der)
    if (broken) octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 1
    requests.set(text, octets)
    return octets
  }
  const signed = (claims: Readonly<Record<string, Json>>, key: string, header: object): string => {
    const kept = Object.entries(claims).filter(([, value]) => value !== null)
    return aToken(Object.fromEntries(kept), keyOf(key), header)
  }
  const times = (): object => ({ iat: seconds(), nbf: seconds(), exp: seconds() + 300 })

  const marks: Readonly<Record<string, (value: never) => Json>> = {
    $csr: (mark: CsrMark) => encodePem('CERTIFICATE REQUEST', csrOf(mark)),
    $fingerprint: (mark: CsrMark) => Buffer.from(sha256Hex(csrOf(mark)), 'hex').toString('base64url'),
    $serial: (name: string) => serials.get(name) ?? 'unknown',
    $now: (more: number) => seconds() + more,
    $time: (more: number) => new Date(now() + more * 1000).toISOString(),
    $jwk: (kid: string) => ({
      ...(createPublicKey(keyOf(kid)).export({ format: 'jwk' }) as Record<string, Json>),
      kid,
      use: 'sig',
      alg: 'ES256',
    }),
    $corpRoots: () => corp.roots,
    $token({ by, key = by, header = {}, claims = {} }: TokenMark) {
      const usual = { aud: 'https://localhost/1.0/sign', iss: by, sub: 'web.test', jti: randomUUID(), ...times() }
      return signed({ ...usual, ...claims }, key, { kid: by, ...(header as object) })
    },
    /** By the credential of a machine of the company. */
    $x5cToken({ claims = {}, header = {} }: TokenMark) {
      const [notBefore, notAfter] = [seconds() * 1000 - hour, seconds() * 1000 + 4 * hour]
      const leaf = credential({ notBefore, notAfter, spki: spkiOf(keyOf('machine')) })
      const aud = 'https://localhost/1.0/sign#x5c/corp'
      const usual = { aud, iss: 'corp', sub: 'web.test', jti: randomUUID(), ...times() }
      const x5c = [leaf, intermediate.certificate].map(({ der }) => toBase64(der))
      return signed({ ...usual, ...claims }, 'machine', { x5c, ...(header as object) })
    },
    $renewToken({ of, key = 'client', claims = {}, header = {} }: RenewTokenMark) {
      const chain = chainOf(of).map((pem) => new X509Certificate(pem).raw.toString('base64'))
      const usual = { aud: 'https://localhost/renew', iss: 'step-ca-client/1.0', sub: 'web.test', ...times() }
      return signed({ ...usual, ...claims }, key, { x5cInsecure: chain, ...(header as object) })
    },
  }

  function resolve(value: Json): Json {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((item) => resolve(item))
    const entries = Object.entries(value).map(([name, member]) => [name, resolve(member)] as const)
    const [first] = entries
    const mark = first && entries.length === 1 ? marks[first[0]] : undefined
    return first && mark ? mark(first[1] as never) : Object.fromEntries(entries)
  }

  const nameOfKey = (spki: Uint8Array): string | undefined =>
    [...keys].find(([, key]) => Buffer.compare(spkiOf(key), spki) === 0)?.[0]

  return {
    resolve,
    keyOf,
    nameOfKey,
    keyOfCase(name) {
      const { publicKey } = new X509Certificate(chainOf(name)[0] ?? '')
      return nameOfKey(publicKey.export({ type: 'spki', format: 'der' })) ?? 'unknown'
    },
    remember(name, chain) {
      chains.set(name, chain)
      const [leaf] = chain
      if (leaf !== undefined) serials.set(name, BigInt(`0x${new X509Certificate(leaf).serialNumber}`).toString())
    },
    chainOf,
    serials,
    federated: pemOf(aRoot(now())),
  }
}
