import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toBase64, utf8Bytes } from '../../../src/core/bytes.ts'
import { noon, type TestAuthority } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aCsr } from '../../builders/csr.ts'
import { aClusterKey, clusterIssuer } from '../../builders/service-account-tokens.ts'
import { authorityWith, key, offline, token } from './k8s-sa-offline-harness.ts'

const next = aClusterKey()
let test: TestAuthority
const sign = ({ token: of }: { readonly token: string }) =>
  test.authority.signX509({ csr: aCsr(), token: of }, { requestId: 'r-1' })

describe('keys of a cluster', () => {
  const jwkOf = (of: typeof key, kid: string) => ({ ...createPublicKey(of).export({ format: 'jwk' }), kid, use: 'sig' })
  const jwksURL = 'https://10.0.0.1:6443/openid/v1/jwks'
  const published = (settings: object) => ({
    type: 'K8sSA',
    name: 'pods',
    signet: { offline: { ...offline, ...settings } },
  })
  const one = { kid: 'one' }

  it('come from its JWKS with the first token, trusting its roots only beside the public ones', async () => {
    const root = aRoot(noon)
    test = authorityWith(published({ jwksURL, roots: toBase64(utf8Bytes(pemOf(root))) }))
    test.web.documents.set(jwksURL, { keys: [jwkOf(key, 'one')] })
    expect(test.web.asked).toEqual([])
    await sign({ token: token({}, one) })
    await sign({ token: token({}, one) })
    expect([test.web.asked, test.web.trusted]).toEqual([[jwksURL], [root.certificate.fingerprint]])
  })

  it('are fetched again for a key id that nobody knows, at most every ten seconds', async () => {
    test = authorityWith(published({ jwksURL }))
    test.web.documents.set(jwksURL, { keys: [jwkOf(key, 'one')] })
    await sign({ token: token({}, one) })
    test.web.documents.set(jwksURL, { keys: [jwkOf(key, 'one'), jwkOf(next, 'two')] })
    const rotated = () => sign({ token: token({}, { kid: 'two' }, next) })
    await expect(rotated()).rejects.toMatchObject({ code: 'unauthorized' })
    test.clock.advance(10_000)
    await rotated()
    expect(test.web.asked).toEqual([jwksURL, jwksURL])
  })

  it('are found by the document of the issuer', async () => {
    test = authorityWith(published({}))
    const discovery = `${clusterIssuer}/.well-known/openid-configuration`
    const document = (changes: object) =>
      test.web.documents.set(discovery, { issuer: clusterIssuer, jwks_uri: jwksURL, ...changes })
    document({}).set(jwksURL, { keys: [jwkOf(key, 'one')] })
    await sign({ token: token({}, one) })
    expect(test.web.asked).toEqual([discovery, jwksURL])
    for (const [changes, why] of [
      [{ issuer: 'https://other' }, 'it is of another issuer'],
      [{ jwks_uri: 'http://10.0.0.1/jwks' }, 'its jwks_uri is not https'],
      [{ jwks_uri: undefined }, 'it has no jwks_uri'],
    ] as const) {
      test = authorityWith(published({}))
      document(changes)
      await expect(sign({ token: token({}, one) })).rejects.toMatchObject({
        code: 'unavailable',
        reason: 'ProviderUnavailable',
        retryAfterSeconds: 10,
        message: `the keys for provisioner "pods" cannot be had: cannot use ${discovery}: ${why}`,
      })
    }
  })
})
