import { describe, expect, it } from 'vitest'
import { readProvisioners } from '../../../src/authority/provisioners/index.ts'
import { isSignetError } from '../../../src/core/errors.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { aConfig, anAuthority, noon, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aCloudKey, anAwsToken, anRsaToken, certificateOf, keySetOf } from '../../builders/instance-tokens.ts'
import {
  aClusterKey,
  aLegacyToken,
  aProjectedToken,
  clusterIssuer,
  publicKeysOf,
} from '../../builders/service-account-tokens.ts'
import * as jwk from './jwk-harness.ts'
import { accepted, aPod, aPodToken, kubernetes } from './k8s-sa-harness.ts'
import * as oidc from './oidc-harness.ts'
import * as x5c from './x5c-harness.ts'

/**
 * The X.509 columns of step's table of capabilities (its provisioners document), each tried: does a token of the provisioner
 * sign; does the certificate renew; does a token of it revoke, where it can be for a serial number, as step requires?
 */

const seconds = noon / 1000
const url = (use: string, fragment = '') => `https://ca.example.com/1.0/${use}${fragment && `#${fragment}`}`
const cloud = aCloudKey()
const cluster = aClusterKey()
const tenant = 'b17c217c-84db-43f0-babd-e06a71083cda'
const machine = '/subscriptions/s/resourcegroups/g/providers/Microsoft.Compute/virtualMachines/web-1'
const engine = { instance_id: '1', instance_name: 'web-1', project_id: 'shop', zone: 'z' }

type Kind = {
  /** As in ca.json. */
  readonly provisioner: object
  /** A token for this use with this subject; for signing without one its own. */
  readonly token: (use: 'sign' | 'revoke', subject?: string) => string
  /** True: the certificate says what the token proves. False: what the CSR asks for. */
  readonly proves?: true
}
const changes = (use: string, fragment: string, sub?: string) => ({ aud: url(use, fragment), ...(sub && { sub }) })

const times = { iat: seconds, exp: seconds + 300 }
const kinds: Readonly<Record<string, Kind>> = {
  JWK: { provisioner: jwk.ops, token: (use, sub) => jwk.token(changes(use, '', sub)) },
  OIDC: {
    provisioner: { ...oidc.people, admins: ['jane@example.com'] },
    token: (_, sub) => oidc.token(sub === undefined ? {} : { sub }),
  },
  X5C: { provisioner: x5c.corp, token: (use, sub) => x5c.token(changes(use, 'x5c/corp', sub)) },
  'K8sSA by TokenReview': {
    proves: true,
    provisioner: kubernetes,
    token: (use, sub) => aPodToken(changes(use, 'k8ssa/kubernetes', sub)),
  },
  'K8sSA offline': {
    proves: true,
    provisioner: {
      type: 'K8sSA',
      name: 'pods',
      publicKeys: publicKeysOf(cluster),
      signet: { offline: { issuer: clusterIssuer, trustDomain: 'example' } },
    },
    token: (use, sub) => aProjectedToken(cluster, url(use, 'k8ssa/pods'), seconds, sub === undefined ? {} : { sub }),
  },
  'K8sSA with legacyTokens': {
    provisioner: { type: 'K8sSA', name: 'old', publicKeys: publicKeysOf(cluster), signet: { legacyTokens: true } },
    token: (_, sub) => aLegacyToken(cluster, sub === undefined ? {} : { sub }),
  },
  ACME: { provisioner: { type: 'ACME', name: 'acme' }, token: (use, sub) => jwk.token(changes(use, 'acme/acme', sub)) },
  SSHPOP: {
    provisioner: { type: 'SSHPOP', name: 'pop' },
    token: (use, sub) => jwk.token(changes(use, 'sshpop/pop', sub)),
  },
  AWS: {
    provisioner: { type: 'AWS', name: 'ec2', iidRoots: 'iid.pem' },
    token(use, sub = 'web') {
      const claims = { iss: 'ec2.amazonaws.com', ...times, ...changes(use, 'aws/ec2', sub) }
      return anAwsToken({ claims, key: cloud.privateKey })
    },
  },
  GCP: {
    provisioner: { type: 'GCP', name: 'gce' },
    token(use, sub = '117') {
      const google = { compute_engine: engine }
      const claims = { iss: 'https://accounts.google.com', google, ...times, ...changes(use, 'gcp/gce', sub) }
      return anRsaToken(claims, cloud.privateKey, { kid: 'c1' })
    },
  },
  Azure: {
    provisioner: { type: 'Azure', name: 'vms', tenantID: tenant },
    token(_, sub = 'object-1') {
      const iss = `https://sts.windows.net/${tenant}/`
      const claims = { iss, aud: 'https://management.azure.com/', tid: tenant, xms_mirid: machine, ...times, sub }
      return anRsaToken(claims, cloud.privateKey, { kid: 'c1' })
    },
  },
  SCEP: { provisioner: { type: 'SCEP', name: 'scep' }, token: (use, sub) => jwk.token(changes(use, 'scep/scep', sub)) },
  Nebula: {
    provisioner: { type: 'Nebula', name: 'mesh', roots: 'AAAA' },
    token: (use, sub) => jwk.token(changes(use, 'nebula/mesh', sub)),
  },
}

/** An authority with that one provisioner, a cluster with its pod, and everybody's keys where they publish them. */
function authorityWith({ provisioner, token }: Kind): TestAuthority {
  const provisioners = readJson([provisioner], '', (node) => readProvisioners(node, () => certificateOf(cloud)))
  const test = anAuthority(aConfig({ provisioners }))
  oidc.publish(test, [oidc.providerKey.jwk])
  test.web.documents
    .set('https://www.googleapis.com/oauth2/v3/certs', keySetOf(cloud, 'c1'))
    .set('https://azure/keys', keySetOf(cloud, 'c1'))
    .set(`https://login.microsoftonline.com/${tenant}/.well-known/openid-configuration`, {
      issuer: `https://sts.windows.net/${tenant}/`,
      jwks_uri: 'https://azure/keys',
    })
  test.cluster.tokens.set(token('sign'), accepted)
  test.cluster.pods.set('shop/web-0', aPod())
  // Signed anew each time, as tokens of ECDSA are, it would be another.
  test.cluster.reviewToken = () => Promise.resolve(accepted)
  return test
}

/** False where it is refused for what the credential is; every other failure is one of this test. */
async function can<T>(attempt: Promise<T>): Promise<T | false> {
  try {
    return await attempt
  } catch (error) {
    if (isSignetError(error, 'unauthorized')) return false
    throw error
  }
}

const context = { requestId: 'r-1' }
const named = aCsr({ sans: ['web.example.com', '10.0.0.1'] })

/** sign, renew, revoke. */
async function capabilitiesOf(kind: Kind): Promise<readonly [boolean, boolean, boolean]> {
  const { authority } = authorityWith(kind)
  const issued = await can(
    authority.signX509({ csr: kind.proves ? aCsr() : named, token: kind.token('sign') }, context),
  )
  const renewed = issued && (await can(authority.renewX509([issued.chain[0].der], context)))
  const credential = { kind: 'token', token: kind.token('revoke', '12') } as const
  const revoked = await can(authority.revokeX509({ serial: '12', reasonCode: 0, reason: '', credential }, context))
  return [issued !== false, renewed !== false, revoked !== false]
}

/** What step's document says, ✔️ or not; `ours` where that is not what is done here, and why. */
const table: Readonly<Record<string, { readonly step: string; readonly ours?: string; readonly why?: string }>> = {
  JWK: { step: 'sign renew revoke' },
  OIDC: { step: 'sign renew revoke' },
  X5C: { step: 'sign renew revoke' },
  'K8sSA with legacyTokens': { step: 'sign renew revoke' },
  'K8sSA by TokenReview': {
    step: 'sign renew revoke',
    ours: 'sign renew',
    why: 'a projected token says that it is for signing',
  },
  'K8sSA offline': { step: 'sign renew revoke', ours: 'sign renew', why: 'as by TokenReview' },
  ACME: { step: 'sign renew', ours: '', why: 'configuration only, and never by token' },
  SSHPOP: { step: '' },
  AWS: { step: 'sign renew' },
  Azure: { step: 'sign renew' },
  GCP: { step: 'sign renew' },
  // The document has no rows for these.
  SCEP: { step: '' },
  Nebula: { step: '' },
}

describe('X.509 capabilities of provisioners', () => {
  it.each(Object.entries(table).map(([name, { step, ours = step }]) => [name, ours] as const))(
    '%s: %s',
    async (name, ours) => {
      const kind = kinds[name]
      if (kind === undefined) throw new Error('no such kind')
      const words = ['sign', 'renew', 'revoke']
      const found = await capabilitiesOf(kind)
      expect(words.filter((_, column) => found[column]).join(' ')).toBe(ours)
    },
  )

  it('says why wherever it is not as in step', () => {
    expect(Object.values(table).filter(({ ours, why }) => (ours === undefined) !== (why === undefined))).toEqual([])
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(kinds).toSorted())
  })
})
