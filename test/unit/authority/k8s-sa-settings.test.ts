import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toBase64, utf8Bytes } from '../../../src/core/bytes.ts'
import { noon, someProvisioners } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aClusterKey, publicKeysOf } from '../../builders/service-account-tokens.ts'

const publicKeys = publicKeysOf(aClusterKey())
const offline = { issuer: 'https://kubernetes.default.svc', trustDomain: 'cluster.local' }
const roots = toBase64(utf8Bytes(pemOf(aRoot(noon))))
const read = (json: object) => someProvisioners({ type: 'K8sSA', name: 'x', ...json })[0]
const pem = (text: string) => toBase64(utf8Bytes(text))

describe('a K8sSA provisioner', () => {
  it('is listed with its keys, as step lists it, and without what is ours', () => {
    const json = { claims: { disableRenewal: true }, publicKeys, signet: { legacyTokens: true, offline }, options: {} }
    expect(JSON.stringify(read(json)?.json)).toBe(
      `{"type":"K8sSA","name":"x","publicKeys":"${publicKeys}","claims":{"disableRenewal":true},"options":{}}`,
    )
  })

  it.each<[object, { needs: boolean; other?: string; unserved?: boolean; revokes?: boolean }]>([
    [{ signet: { tokenReview: true } }, { needs: true }],
    [
      { publicKeys, signet: { tokenReview: true, legacyTokens: true } },
      { needs: true, other: 'k8ssa/k8sSA-default', revokes: true },
    ],
    [{ publicKeys, signet: { offline } }, { needs: false }],
    [{ signet: { offline } }, { needs: false }],
    [{ signet: { offline: { ...offline, jwksURL: 'https://10.0.0.1/jwks', roots } } }, { needs: false }],
    [{ publicKeys, signet: { offline: { ...offline, issuer: 'any text' } } }, { needs: false }],
    [
      { publicKeys, signet: { legacyTokens: true } },
      { needs: false, other: 'k8ssa/k8sSA-default', revokes: true },
    ],
    [{ publicKeys }, { needs: false, other: 'k8ssa/k8sSA-default', unserved: true }],
    [
      { PUBLICKEYS: publicKeys, signet: {} },
      { needs: false, other: 'k8ssa/k8sSA-default', unserved: true },
    ],
  ])('%j', (json, { needs, other, unserved = false, revokes = false }) => {
    const provisioner = read(json)
    expect(provisioner).toMatchObject({ id: 'k8ssa/x', tokenId: 'k8ssa/x', needsKubernetes: needs })
    expect(provisioner?.otherTokenId).toBe(other)
    expect(provisioner?.unserved !== undefined).toBe(unserved)
    expect(provisioner?.authorizeX509Revoke !== undefined).toBe(revokes)
  })

  it.each(['rsa', 'ed25519'])('takes keys of kind %s', (kind) => {
    const options = { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' } } as const
    const { publicKey } = generateKeyPairSync(kind as 'rsa', options as never) as unknown as { publicKey: string }
    expect(read({ publicKeys: pem(publicKey), signet: { legacyTokens: true } })?.unserved).toBeUndefined()
  })

  const path = 'provisioners[0]'
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { publicKey: small } = generateKeyPairSync('x25519')
  it('takes RSA keys as PKCS #1 too', () => {
    const text = publicKey.export({ type: 'pkcs1', format: 'pem' })
    expect(read({ publicKeys: pem(text as string), signet: { legacyTokens: true } })?.unserved).toBeUndefined()
  })

  it.each<[object, string]>([
    [{}, `${path} needs signet.tokenReview, signet.offline or publicKeys`],
    [{ signet: {} }, `${path} needs signet.tokenReview, signet.offline or publicKeys`],
    [{ signet: { tokenReview: false } }, `${path} needs signet.tokenReview, signet.offline or publicKeys`],
    [{ signet: { legacyTokens: true, tokenReview: true } }, `${path}.signet.legacyTokens needs publicKeys`],
    [
      { publicKeys, signet: { tokenReview: true } },
      `${path}.publicKeys count for nothing here: set signet.legacyTokens, or remove them`,
    ],
    [
      { signet: { tokenReview: true, offline } },
      `${path}.signet.offline excludes signet.tokenReview: make two provisioners`,
    ],
    [
      {
        publicKeys,
        signet: { offline, requireSourceAddress: true, delegates: [{ namespace: 'a', serviceAccount: 'b' }] },
      },
      `${path}.signet.delegates needs signet.tokenReview; ${path}.signet.requireSourceAddress needs signet.tokenReview`,
    ],
    [{ publicKeys: 'AA' }, `${path}.publicKeys must be the base64 of public keys in PEM`],
    [{ publicKeys: 'AAAA' }, `${path}.publicKeys is not valid: it holds no public key in PEM`],
    [
      { publicKeys: pem(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string) },
      `${path}.publicKeys is not valid: PEM block PRIVATE KEY is no public key`,
    ],
    [
      { publicKeys: pem(small.export({ type: 'spki', format: 'pem' }) as string) },
      `${path}.publicKeys is not valid: PEM block PUBLIC KEY is not a key that signs tokens: use RSA, EC or Ed25519`,
    ],
    [
      { publicKeys: publicKeysOf(...Array.from({ length: 17 }, () => privateKey)) },
      `${path}.publicKeys is not valid: it holds more than 16 keys`,
    ],
    [
      { signet: { offline: {} } },
      `${path}.signet.offline.issuer is missing; ${path}.signet.offline.trustDomain is missing`,
    ],
    [
      { signet: { offline: { ...offline, issuer: 'kubernetes', trustDomain: 'A b' } } },
      `${path}.signet.offline.trustDomain must be a SPIFFE trust domain: lower-case letters, digits, dots, dashes and underscores; ${path}.signet.offline.issuer must be a URL with https, for the keys are found there: or set publicKeys or jwksURL`,
    ],
    [
      { signet: { offline: { ...offline, jwksURL: 'http://10.0.0.1/jwks', x: 1 } } },
      `${path}.signet.offline.x is not known; ${path}.signet.offline.jwksURL must be a URL with https`,
    ],
    [
      { publicKeys, signet: { offline: { ...offline, jwksURL: 'https://a/jwks', roots } } },
      `${path}.signet.offline.jwksURL excludes publicKeys: keys come from one place; ${path}.signet.offline.roots excludes publicKeys: keys come from one place`,
    ],
    [
      { signet: { offline: { ...offline, roots: 'AAAA' } } },
      `${path}.signet.offline.roots is not valid: PEM text holds no CERTIFICATE block`,
    ],
  ])('%j is refused', (json, message) => {
    expect(() => read(json)).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })
})
