import { createPrivateKey, randomUUID, type JsonWebKey } from 'node:crypto'
import { aToken } from '../../builders/tokens.ts'

/** How a load makes its tokens, as JSON: what all have in common, besides what makes each one new. */
export type TokenRecipe = {
  /** JWK of the private key. */
  readonly key: JsonWebKey
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const lifeSeconds = 600

/** A maker of tokens that are valid now, each with an id of its own. */
export function tokenMaker({ key, header, claims }: TokenRecipe): () => string {
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  return () => {
    const now = Math.floor(Date.now() / 1000)
    const id = randomUUID()
    // OIDC provisioners tell tokens apart by their nonce.
    const fresh = { jti: id, nonce: id, iat: now, nbf: now, exp: now + lifeSeconds }
    return aToken({ ...claims, ...fresh }, privateKey, header)
  }
}
