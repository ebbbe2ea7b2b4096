import type { KeyObject } from 'node:crypto'
import { SignetError } from '../errors.ts'
import type { JoseKey } from './key.ts'

type Kind = {
  /** The kind, as messages name it. */
  readonly name: string
  /** Algorithms of signatures; the first is taken where none is said. */
  readonly sig: readonly string[]
  /** Algorithms for the key of what is encrypted; the first is taken where none is said. */
  readonly enc: readonly string[]
  /** May it have but one algorithm of signatures? */
  readonly isFixed: boolean
}

const ecEncryption = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW']
const ec = (curve: string, algorithm: string): Kind => ({
  name: `kty 'EC' and crv '${curve}'`,
  sig: [algorithm],
  enc: ecEncryption,
  isFixed: true,
})

/** What each kind of key is for (RFC 7518 §3.1 and §4.1, RFC 8037 §3.1), with `step`'s defaults. */
const kinds: Readonly<Record<string, Kind>> = {
  oct: {
    name: "kty 'oct'",
    sig: ['HS256', 'HS384', 'HS512'],
    enc: ['A256GCMKW', 'A128GCMKW', 'A192GCMKW', 'A128KW', 'A192KW', 'A256KW', 'dir'],
    isFixed: false,
  },
  rsa: {
    name: "kty 'RSA'",
    sig: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    enc: ['RSA-OAEP-256', 'RSA-OAEP'],
    isFixed: false,
  },
  prime256v1: ec('P-256', 'ES256'),
  secp384r1: ec('P-384', 'ES384'),
  secp521r1: ec('P-521', 'ES512'),
  ed25519: { name: "kty 'OKP' and crv 'Ed25519'", sig: ['EdDSA'], enc: [], isFixed: true },
}

function kindOf(key: KeyObject): Kind {
  const name = key.type === 'secret' ? 'oct' : (key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? '')
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) throw new SignetError('malformed', `unsupported key type '${name}'`)
  return kind
}

/** The algorithm that a key has where nobody said one; empty if there is none. With `fixedOnly`, what cannot be otherwise. */
export function defaultAlgorithm({ key, use }: JoseKey, fixedOnly = false): string {
  const { sig, enc, isFixed } = kindOf(key)
  if (!fixedOnly) return (use === 'enc' ? enc[0] : sig[0]) ?? ''
  return isFixed && use !== 'enc' ? (sig[0] ?? '') : ''
}

/** Requires an algorithm that fits the key and its use; `malformed` otherwise, in `step`'s words. */
export function checkAlgorithm({ key, use, alg }: JoseKey): void {
  const kind = kindOf(key)
  if (use !== 'sig' && use !== 'enc') return
  if (use === 'sig' && alg === '') throw new SignetError('malformed', "flag '--alg' is required with the given key")
  if (use === 'enc' && kind.enc.length === 0)
    throw new SignetError('malformed', 'key Ed25519 cannot be used for encryption')
  if (alg === 'RSA1_5')
    throw new SignetError('malformed', 'RSA1_5 is not supported, as it is not safe: use RSA-OAEP-256')
  if (kind[use].includes(alg)) return
  const name = use === 'enc' ? kind.name.replace(/ and .*/, '') : kind.name
  throw new SignetError('malformed', `alg '${alg}' is not compatible with ${name}`)
}
