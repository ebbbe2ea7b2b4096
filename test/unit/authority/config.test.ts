import { beforeAll, describe, expect, it } from 'vitest'
import { createSnapshot, findProvisioner } from '../../../src/authority/config.ts'
import type { Provisioner } from '../../../src/authority/provisioners/provisioner.ts'
import { readUnverified } from '../../../src/core/tokens/unverified.ts'
import { aConfig, someProvisioners } from '../../builders/authority.ts'
import { aProvisionerKey, aToken, forgersKey } from '../../builders/tokens.ts'
import { key, ops } from './jwk-harness.ts'
import { kubernetes } from './k8s-sa-harness.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'

beforeAll(loadTextTemplates)

const hour = 3_600_000

describe('provisioners of ca.json', () => {
  it('are listed with step’s members in step’s order', () => {
    const claims = { disableRenewal: false, maxTLSCertDuration: '48h' }
    const json = {
      encryptedKey: 'a.b.c',
      claims,
      options: { x509: {}, ssh: {} },
      NAME: 'ops',
      key: key.jwk,
      type: 'jwk',
    }
    const [provisioner] = someProvisioners(json)
    const { x, y } = key.jwk as { x: string; y: string }
    expect(JSON.stringify(provisioner?.json)).toBe(
      `{"type":"JWK","name":"ops","key":{"use":"sig","kty":"EC","kid":"kid-1","crv":"P-256","alg":"ES256","x":"${x}","y":"${y}"},"encryptedKey":"a.b.c","claims":{"maxTLSCertDuration":"48h0m0s","disableRenewal":false},"options":{"x509":{},"ssh":{}}}`,
    )
    expect(provisioner).toMatchObject({
      id: 'ops:kid-1',
      tokenId: 'ops:kid-1',
      typeNumber: 1,
      credentialId: 'kid-1',
      encryptedKey: { kid: 'kid-1', jwe: 'a.b.c' },
      needsKubernetes: false,
    })
  })

  it('of Kubernetes keep their delegates to themselves', () => {
    const [provisioner] = someProvisioners(kubernetes)
    expect(provisioner?.json).toEqual({
      type: 'K8sSA',
      name: 'kubernetes',
      claims: { maxTLSCertDuration: '2160h0m0s' },
    })
    expect(provisioner).toMatchObject({ id: 'k8ssa/kubernetes', tokenId: 'k8ssa/kubernetes', typeNumber: 8 })
  })

  const { privateKey } = aProvisionerKey()
  const secret = { ...privateKey.export({ format: 'jwk' }), kid: 'k' }
  /** The list grows with each kind. */
  const kinds = /^provisioners\[0\]\.type is not supported: use JWK, OIDC, X5C, .* or Nebula$/
  const hmac = { kty: 'oct', k: 'AAAA', kid: 'k' }
  it.each([
    [[{ type: 'Other', name: 'x' }], expect.stringMatching(kinds)],
    [[{ type: '__proto__', name: 'x' }], expect.stringMatching(kinds)],
    [[{ name: 'x' }], 'provisioners[0].type is missing'],
    [[{ type: 'JWK', key: key.jwk }], 'provisioners[0].name is missing'],
    [[{ type: 'JWK', name: '', key: key.jwk }], 'provisioners[0].name must not be empty'],
    [[{ type: 'JWK', name: 'x' }], 'provisioners[0].key is missing'],
    [[{ type: 'JWK', name: 'x', key: { ...key.jwk, kid: undefined } }], 'provisioners[0].key.kid is missing'],
    [
      [{ type: 'JWK', name: 'x', key: { kid: 'k', kty: 'EC' } }],
      'provisioners[0].key is not a public key: write an EC, RSA or OKP key as JWK',
    ],
    [
      [{ type: 'JWK', name: 'x', key: { ...key.jwk, alg: 'HS256' } }],
      'provisioners[0].key has an algorithm (alg) or curve that is not supported',
    ],
    [
      [{ type: 'JWK', name: 'x', key: secret }],
      'provisioners[0].key.d must not be there: only the public key belongs here',
    ],
    [
      [{ type: 'JWK', name: 'x', key: hmac }],
      'provisioners[0].key.k must not be there: only the public key belongs here; provisioners[0].key is not a public key: write an EC, RSA or OKP key as JWK',
    ],
    [
      [ops, ops],
      'provisioners[1] has the name "ops" of another provisioner; provisioners[1] has the id "ops:kid-1" of another provisioner',
    ],
    [
      [{ ...ops, options: { Webhooks: [{ name: 'x' }] } }],
      'provisioners[0].options.webhooks[0].url is missing; provisioners[0].options.webhooks[0].kind is missing',
    ],
    [
      [{ ...ops, options: { ssh: { host: { allow: { dns: ['x'] } } } } }],
      'provisioners[0].options is not supported: templates for SSH are not served',
    ],
    [
      [{ ...ops, options: { x509: 1 } }],
      'provisioners[0].options is not supported: templates for SSH are not served; provisioners[0].options.x509 must be an object',
    ],
    [
      [{ ...ops, options: { x509: { template: '{\n{{ x }}}' } } }],
      'provisioners[0].options.x509.template is not valid: template: template:2:3: function "x" not defined',
    ],
    [
      [{ ...ops, options: { x509: { template: 'no', templateData: 1 } } }],
      'provisioners[0].options.x509.template is not valid: neither a text that starts with { nor base64',
    ],
    [
      [{ ...ops, options: { x509: { template: '{}', templateData: 1 } } }],
      'provisioners[0].options.x509.templateData must be an object',
    ],
    [
      [{ ...ops, claims: { maxTLSCertDuration: 'x' } }],
      'provisioners[0].claims.maxTLSCertDuration is not valid: "x" is not a duration: write it as 24h or 1h30m',
    ],
    [
      [{ type: 'K8sSA', name: 'x', signet: { tokenReview: true, delegates: [{ namespace: 'a' }], x: 1 } }],
      'provisioners[0].signet.x is not known; provisioners[0].signet.delegates[0].serviceAccount is missing',
    ],
    [
      [{ type: 'K8sSA', name: 'x', signet: { tokenReview: true, usesPerPodPerMinute: 0 } }],
      'provisioners[0].signet.usesPerPodPerMinute must be a whole number from 1 to 1000',
    ],
  ])('%j is refused', (json, message) => {
    expect(() => someProvisioners(...(json as object[]))).toThrow(
      expect.objectContaining({ code: 'malformed', message }),
    )
  })
})

describe('configuration', () => {
  it('gives each provisioner its claims', () => {
    const provisioners = someProvisioners(ops, kubernetes)
    const snapshot = createSnapshot(aConfig({ provisioners }))
    expect(provisioners.map((provisioner) => snapshot.claimsOf(provisioner).maximum)).toEqual([24 * hour, 2160 * hour])
  })

  it.each([
    [{ dnsNames: [] }, 'dnsNames must not be empty'],
    [{ roots: [] }, 'root must not be empty'],
    [
      { provisioners: someProvisioners(ops, kubernetes), kubernetes: undefined },
      'authority.provisioners[1] of type K8sSA needs signet.kubernetes',
    ],
    [
      { provisioners: someProvisioners({ ...ops, claims: { maxTLSCertDuration: '1m' } }) },
      'authority.provisioners[0].claims claims: MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - 1m0s, MinCertDuration - 5m0s',
    ],
  ])('is refused as a whole: %#', (changes, message) => {
    expect(() => createSnapshot(aConfig(changes))).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })
})

describe('the provisioner of a token', () => {
  const named = (tokenId: string): Provisioner => {
    const [provisioner] = someProvisioners({ ...ops, name: tokenId })
    if (provisioner === undefined) throw new Error('none')
    return { ...provisioner, id: tokenId, tokenId }
  }
  const ids = ['ops:kid-1', 'k8ssa/kubernetes', 'k8ssa/k8sSA-default', 'client', 'tenant', 'api://x']
  const snapshot = createSnapshot(aConfig({ provisioners: ids.map(named) }))
  const sign = 'https://ca.example.com/1.0/sign'
  it.each([
    [{ aud: sign, iss: 'ops' }, 'ops:kid-1'],
    [{ aud: ['https://ca.example.com/1.0/revoke'], iss: 'ops' }, 'ops:kid-1'],
    [{ aud: ['x', sign], iss: 'ops' }, 'ops:kid-1'],
    [{ aud: sign, iss: 'x' }, undefined],
    [{ aud: sign, iss: 'x', azp: 'client' }, undefined],
    [{ aud: `${sign}#k8ssa/kubernetes` }, 'k8ssa/kubernetes'],
    [{ aud: ['https://ca.example.com:9000/sign#k8ssa/kubernetes'] }, 'k8ssa/kubernetes'],
    [{ aud: 'https://other/1.0/sign#k8ssa/kubernetes' }, undefined],
    [{ iss: 'kubernetes/serviceaccount' }, 'k8ssa/k8sSA-default'],
    [{}, undefined],
    [{ aud: 'api://x', azp: 'client' }, 'client'],
    [{ aud: 'api://x', azp: 'nobody' }, 'api://x'],
    [{ aud: 'api://x', azp: 'nobody', tid: 'tenant' }, 'tenant'],
    [{ aud: 'api://x', tid: 'nobody' }, 'api://x'],
    [{ aud: 'api://x', tid: 'tenant' }, 'tenant'],
    [{ aud: 'api://x', tid: 'tenant', email: 'a@b' }, 'api://x'],
    [{ aud: 'api://y', tid: 'tenant', email: 'a@b' }, 'tenant'],
    [{ aud: 'api://x' }, 'api://x'],
    [{ aud: 'api://y' }, undefined],
  ])('%j is %s', (claims, tokenId) => {
    expect(findProvisioner(readUnverified(aToken(claims, forgersKey, { kid: 'kid-1' })), snapshot)?.tokenId).toBe(
      tokenId,
    )
  })
})
