import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose'
import { stateDirectory } from '../harness/settings.ts'

/**
 * The same token as the API server made, but an hour older and so expired. It needs the key that signs service account
 * tokens, which the cluster that the harness boots itself keeps in its state folder: the API server gives out no token
 * that lives less than ten minutes.
 */
export async function expire(token: string): Promise<string> {
  const pem = await readFile(join(stateDirectory, 'pki', 'sa.key'), 'utf8').catch((cause: unknown) => {
    throw new Error('an expired token can only be made in the cluster that this harness boots itself', { cause })
  })
  const { alg = 'RS256', ...header } = decodeProtectedHeader(token)
  const claims = decodeJwt(token)
  const earlier = (time: number | undefined): number => (time ?? 0) - 3600
  return new SignJWT({ ...claims, iat: earlier(claims.iat), nbf: earlier(claims.nbf), exp: earlier(claims.exp) })
    .setProtectedHeader({ ...header, alg })
    .sign(createPrivateKey(pem))
}
