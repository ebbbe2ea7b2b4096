import { createPublicKey, type KeyObject } from 'node:crypto'
import { SignetError } from '../errors.ts'
import { isObject } from '../json-reader.ts'
import { tokenAlgorithmsOf } from './verify.ts'

/** A key of a set, with the algorithms that a token by it may have. */
export type TokenKey = { readonly key: KeyObject; readonly algorithms: readonly string[] }

/** Public keys by their ids; those without one have the empty id. Several may share one. */
export type KeySet = ReadonlyMap<string, readonly TokenKey[]>

/** Ten times what large providers publish; each costs a parse. */
const maximumKeys = 100

/**
 * The keys of a JWK Set (RFC 7517 §5) that may verify signatures. As §5 asks, keys of kinds that are not known are passed
 * over, and with them secrets (`oct`), so that nobody's token is ever checked with a published one. `unavailable` if this is
 * no set.
 */
export function readKeySet(json: unknown): KeySet {
  const list = isObject(json) ? json['keys'] : undefined
  if (!Array.isArray(list)) throw new SignetError('unavailable', 'it is not a set of keys (JWKS)')
  const set = new Map<string, TokenKey[]>()
  for (const item of list.slice(0, maximumKeys) as unknown[]) {
    const found = readKey(item)
    if (found === undefined) continue
    const { id, ...key } = found
    set.set(id, [...(set.get(id) ?? []), key])
  }
  return set
}

function readKey(jwk: unknown): (TokenKey & { readonly id: string }) | undefined {
  if (!isObject(jwk)) return undefined
  const { kid, use, alg } = jwk
  const key = use === undefined || use === 'sig' ? importKey(jwk) : undefined
  if (key === undefined) return undefined
  const algorithms = tokenAlgorithmsOf(key).filter((algorithm) => alg === undefined || algorithm === alg)
  return { id: typeof kid === 'string' ? kid : '', key, algorithms }
}

function importKey(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** step-ca's, for keys that come without an age. Milliseconds. */
const usualAge = 12 * 3_600_000
const hour = 3_600_000

/**
 * How long keys are kept, in milliseconds: `max-age` of the Cache-Control header that came with them, else twelve hours,
 * less up to an hour (a third of shorter ages), the share `fraction` of it, so that replicas do not all ask at once. As
 * step-ca (provisioner/keystore.go).
 */
export function keptFor(cacheControl: string, fraction: number): number {
  const seconds = /max-age=(\d+)/.exec(cacheControl)?.[1]
  const age = seconds === undefined ? usualAge : Number(seconds) * 1000
  return age - fraction * (age > hour ? hour : age / 3)
}
