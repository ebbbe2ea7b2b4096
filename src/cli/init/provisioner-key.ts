import { CompactEncrypt, calculateJwkThumbprint } from 'jose'
import { utf8Bytes } from '../../core/bytes.ts'
import { generateKeyPair } from '../../core/x509/private-key.ts'

/** A JWK provisioner's key as ca.json holds it. */
export type ProvisionerKey = {
  /** Public JWK, members in step's order. */
  readonly key: Readonly<Record<string, string>>
  /** The private JWK under the password: JWE in compact form. */
  readonly encryptedKey: string
}

/** step's and OWASP's number of rounds of PBKDF2 with HMAC-SHA-256. */
const pbkdf2Rounds = 600_000

/** Makes an EC P-256 key whose id is its RFC 7638 thumbprint, encrypted as `step` encrypts it. */
export async function makeProvisionerKey(password: string): Promise<ProvisionerKey> {
  const { privateKey } = await generateKeyPair('EC-P256')
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y })
  const key = { use: 'sig', kty: 'EC', kid, crv: 'P-256', alg: 'ES256', x, y }
  const encryptedKey = await new CompactEncrypt(utf8Bytes(JSON.stringify({ ...key, d })))
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', cty: 'jwk+json', enc: 'A256GCM' })
    .setKeyManagementParameters({ p2c: pbkdf2Rounds })
    .encrypt(utf8Bytes(password))
  return { key, encryptedKey }
}
