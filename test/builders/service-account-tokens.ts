import { createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { toBase64, utf8Bytes } from '../../src/core/bytes.ts'
import { aToken } from './tokens.ts'

/** A key as a cluster signs tokens of service accounts with. */
export const aClusterKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** `publicKeys` as step writes them: PEM in base64. */
export const publicKeysOf = (...keys: readonly KeyObject[]): string =>
  toBase64(utf8Bytes(keys.map((key) => createPublicKey(key).export({ type: 'spki', format: 'pem' })).join('')))

export const clusterIssuer = 'https://kubernetes.default.svc.cluster.local'

/** The claim `kubernetes.io` of pod shop/web-0. */
export const podClaim = {
  namespace: 'shop',
  node: { name: 'node-1', uid: '0a' },
  pod: { name: 'web-0', uid: 'a-1' },
  serviceaccount: { name: 'web', uid: 'a-2' },
}

/** A projected token of that pod, as an API server writes it at `seconds`, with claims changed; undefined leaves one out. */
export function aProjectedToken(
  key: KeyObject,
  audience: string,
  seconds: number,
  changes: object = {},
  header: object = {},
): string {
  const claims = {
    aud: [audience],
    exp: seconds + 600,
    iat: seconds,
    iss: clusterIssuer,
    jti: randomUUID(),
    nbf: seconds,
    sub: 'system:serviceaccount:shop:web',
    'kubernetes.io': podClaim,
    ...changes,
  }
  return aToken(claims, key, header)
}

/** An old token of a Secret, as controllers of Kubernetes wrote them until 1.24, with claims changed. */
export function aLegacyToken(key: KeyObject, changes: object = {}, header: object = {}): string {
  const prefix = 'kubernetes.io/serviceaccount'
  const claims = {
    iss: prefix.replace('.io', ''),
    [`${prefix}/namespace`]: 'shop',
    [`${prefix}/secret.name`]: 'web-token-x7k2p',
    [`${prefix}/service-account.name`]: 'web',
    [`${prefix}/service-account.uid`]: 'a-2',
    sub: 'system:serviceaccount:shop:web',
    ...changes,
  }
  return aToken(claims, key, header)
}
