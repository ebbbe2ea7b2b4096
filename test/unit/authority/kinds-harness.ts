import { readProvisioners } from '../../../src/authority/provisioners/index.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { aConfig, anAuthority, noon, type TestAuthority } from '../../builders/authority.ts'
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

const seconds = noon / 1000
const url = (use: string, fragment = '') => `https://ca.example.com/1.0/${use}${fragment && `#${fragment}`}`
const cloud = aCloudKey()
const cluster = aClusterKey()
const tenant = 'b17c217c-84db-43f0-babd-e06a71083cda'
const machine = '/subscriptions/s/resourcegroups/g/providers/Microsoft.Compute/virtualMachines/web-1'
const engine = { instance_id: '1', instance_name: 'web-1', project_id: 'shop', zone: 'z' }

/** One kind of provisioner, and how its tokens are made. */
export type Kind = {
  /** As in ca.json. */
  readonly provisioner: object
  /** A token for this use; it has a subject and a time of its own unless changes give others. */
  readonly token: (use: 'sign' | 'revoke', changes?: { readonly sub?: string; readonly iat?: number }) => string
  /** True: the certificate says what the token proves. False: what the CSR asks for. */
  readonly proves?: true
}
const at = (use: string, fragment: string, changes: object = {}) => ({ aud: url(use, fragment), ...changes })

const times = { iat: seconds, exp: seconds + 300 }
/** Every kind, K8sSA by each of its ways. */
export const kinds: Readonly<Record<string, Kind>> = {
  JWK: { provisioner: jwk.ops, token: (use, changes) => jwk.token(at(use, '', changes)) },
  OIDC: {
    provisioner: { ...oidc.people, admins: ['jane@example.com'] },
    token: (_, changes) => oidc.token(changes),
  },
  X5C: { provisioner: x5c.corp, token: (use, changes) => x5c.token(at(use, 'x5c/corp', changes)) },
  'K8sSA by TokenReview': {
    proves: true,
    provisioner: kubernetes,
    token: (use, changes) => aPodToken(at(use, 'k8ssa/kubernetes', changes)),
  },
  'K8sSA offline': {
    proves: true,
    provisioner: {
      type: 'K8sSA',
      name: 'pods',
      publicKeys: publicKeysOf(cluster),
      signet: { offline: { issuer: clusterIssuer, trustDomain: 'example' } },
    },
    token: (use, changes) => aProjectedToken(cluster, url(use, 'k8ssa/pods'), seconds, changes),
  },
  'K8sSA with legacyTokens': {
    provisioner: { type: 'K8sSA', name: 'old', publicKeys: publicKeysOf(cluster), signet: { legacyTokens: true } },
    token: (_, changes) => aLegacyToken(cluster, changes),
  },
  ACME: {
    provisioner: { type: 'ACME', name: 'acme' },
    token: (use, changes) => jwk.token(at(use, 'acme/acme', changes)),
  },
  SSHPOP: {
    provisioner: { type: 'SSHPOP', name: 'pop' },
    token: (use, changes) => jwk.token(at(use, 'sshpop/pop', changes)),
  },
  AWS: {
    provisioner: { type: 'AWS', name: 'ec2', iidRoots: 'iid.pem' },
    token(use, changes) {
      const claims = { iss: 'ec2.amazonaws.com', sub: 'web', ...times, ...at(use, 'aws/ec2', changes) }
      return anAwsToken({ claims, key: cloud.privateKey })
    },
  },
  GCP: {
    provisioner: { type: 'GCP', name: 'gce' },
    token(use, changes) {
      const google = { compute_engine: engine }
      const claims = {
        iss: 'https://accounts.google.com',
        sub: '117',
        google,
        ...times,
        ...at(use, 'gcp/gce', changes),
      }
      return anRsaToken(claims, cloud.privateKey, { kid: 'c1' })
    },
  },
  Azure: {
    provisioner: { type: 'Azure', name: 'vms', tenantID: tenant },
    token(_, changes) {
      const iss = `https://sts.windows.net/${tenant}/`
      const claims = {
        iss,
        aud: 'https://management.azure.com/',
        tid: tenant,
        xms_mirid: machine,
        sub: 'object-1',
        ...times,
        ...changes,
      }
      return anRsaToken(claims, cloud.privateKey, { kid: 'c1' })
    },
  },
  SCEP: {
    provisioner: { type: 'SCEP', name: 'scep' },
    token: (use, changes) => jwk.token(at(use, 'scep/scep', changes)),
  },
  Nebula: {
    provisioner: { type: 'Nebula', name: 'mesh', roots: 'AAAA' },
    token: (use, changes) => jwk.token(at(use, 'nebula/mesh', changes)),
  },
}

/** An authority with that one provisioner, a cluster with its pod, and everybody's keys where they publish them. */
export function authorityWith(
  { provisioner, token }: Kind,
  changes: Parameters<typeof aConfig>[0] = {},
): TestAuthority {
  const provisioners = readJson([provisioner], '', (node) => readProvisioners(node, () => certificateOf(cloud)))
  const test = anAuthority(aConfig({ provisioners, ...changes }))
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
