import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aClusterKey, aProjectedToken, clusterIssuer, publicKeysOf } from '../../builders/service-account-tokens.ts'

export const seconds = noon / 1000
export const audience = 'https://ca.example.com/1.0/sign#k8ssa/pods'
/** Of the cluster of these tests. */
export const key = aClusterKey()
export const offline = { issuer: clusterIssuer, trustDomain: 'shop.example' }

/** The provisioner of these tests, as in ca.json. */
export const pods = { type: 'K8sSA', name: 'pods', publicKeys: publicKeysOf(key), signet: { offline } }

/** An authority with one provisioner, outside of any cluster unless changes say otherwise. */
export const authorityWith = (provisioner: object, changes: Parameters<typeof aConfig>[0] = {}): TestAuthority =>
  anAuthority(aConfig({ provisioners: someProvisioners(provisioner), kubernetes: undefined, ...changes }))

/** A projected token of pod shop/web-0 that is right, with claims changed; undefined leaves one out. */
export const token = (changes: object = {}, header: object = {}, by = key): string =>
  aProjectedToken(by, audience, seconds, changes, header)
