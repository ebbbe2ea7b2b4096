import { sha256Hex, utf8Bytes } from '../../core/bytes.ts'
import type { VerifiedToken } from '../../core/tokens/verify.ts'
import type { CredentialUse } from '../ports.ts'

/** A token without an end stays spent for ever. */
export const never = Infinity
/**
 * A spent token is remembered for the minute of tolerance (`verifyToken`) for which it is still accepted after its end, and
 * for an hour more, so that neither a slow request nor a clock that is set back brings it to life again.
 */
const keptMs = 3_660_000
/** Ids of step's tokens have 64 characters. */
const maximumIdLength = 256

/**
 * The one use of a token: by `id`, which the token itself brings, where that is usable, else by a hash of what is signed:
 * the signature stays out, because others that are as valid can be made from it. Provisioners cannot spend each other's.
 */
export function useOfToken(provisionerId: string, { text, claims }: VerifiedToken, id: string): CredentialUse {
  const usable = id !== '' && id.length <= maximumIdLength
  const own = usable ? id : sha256Hex(utf8Bytes(text.slice(0, text.lastIndexOf('.'))))
  const expiresAt = claims.expiresAt === undefined ? never : Math.ceil(claims.expiresAt * 1000) + keptMs
  return { kind: 'once', id: `${provisionerId} ${own}`, expiresAt }
}
