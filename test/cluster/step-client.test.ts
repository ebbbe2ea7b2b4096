import { X509Certificate, createPublicKey, type JsonWebKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { toBase64, utf8Bytes } from '../../src/core/bytes.ts'
import { startConnectProxy, type ConnectProxy } from '../harness/connect-proxy.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { createKubectl, type TestNamespace } from './harness/kubectl.ts'
import { tryRun } from './harness/run.ts'
import { ensureTool } from './harness/tools.ts'
import { authorityAccess, type AuthorityAccess } from './support/authority.ts'
import { createToken, uidOf } from './support/pods.ts'
import { projectedToken, tokenPod } from './support/token-pod.ts'

/**
 * The real `step` with real tokens of service accounts: `step ca certificate NAME c k --token "$(cat projected-token)"`, at
 * the authority of the cluster, and at one outside of any cluster that has only keys.
 */

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const issuerDiscovery = 'signet-test-issuer-discovery'

let space: TestNamespace
let access: AuthorityAccess
let proxy: ConnectProxy
let outside: RunningAuthority
let folder: string
let step: string

beforeAll(async () => {
  step = await ensureTool('step')
  folder = mkdtempSync(join(tmpdir(), 'step-in-cluster-'))
  space = await kubectl.createNamespace('step')
  access = await authorityAccess(kubectl)
  proxy = await startConnectProxy(access.address, 443)
  outside = await startAuthority({ changes: { authority: { provisioners: await provisioners() } } })
  await kubectl.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace: space.name } },
    oldToken(),
    openDiscovery,
    ...['plain', 'wishing'].map((name) =>
      tokenPod(space.name, name, images.app, {
        serviceAccountName: 'web',
        audiences: [access.audience, audienceOf('jwks'), audienceOf('fixed')],
        env: name === 'plain' ? [] : [{ name: 'SIGNET_REQUEST', value: JSON.stringify(wish()) }],
      }),
    ),
  ])
  for (const name of ['plain', 'wishing']) await kubectl.waitFor(space.name, `pod/${name}`, 'condition=Ready')
})
afterAll(async () => {
  proxy.stop()
  await outside.stop()
  await kubectl(['delete', 'clusterrolebinding', issuerDiscovery, '--ignore-not-found'])
  await space[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** What is public about the keys of a cluster, for whoever may not ask its API server otherwise. */
const openDiscovery = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: issuerDiscovery },
  roleRef: {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: 'system:service-account-issuer-discovery',
  },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:unauthenticated' }],
}
const wish = () => ({
  dnsNames: [`web.${space.name}.svc`],
  ipAddresses: [],
  uris: [],
  emailAddresses: [],
  podIPs: false,
  keyAlgorithm: 'EC-P256',
})
/** Kubernetes still makes the tokens of old where somebody asks for one by name. */
const oldToken = () => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/service-account-token',
  metadata: {
    name: 'web-old',
    namespace: space.name,
    annotations: { 'kubernetes.io/service-account.name': 'web' },
  },
})
const audienceOf = (name: string): string => `https://localhost/1.0/sign#k8ssa/${name}`
const identity = (trustDomain: string): string => `spiffe://${trustDomain}/ns/${space.name}/sa/web`

/** Three that know the cluster by its keys: published, in a file, and for tokens of old. */
async function provisioners(): Promise<object[]> {
  type KubeConfig = { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[] }
  const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json'])) as KubeConfig
  const { server = '', 'certificate-authority-data': roots } = config.clusters[0]?.cluster ?? {}
  const { issuer } = JSON.parse(await kubectl(['get', '--raw', '/.well-known/openid-configuration'])) as {
    issuer: string
  }
  const { keys } = JSON.parse(await kubectl(['get', '--raw', '/openid/v1/jwks'])) as { keys: JsonWebKey[] }
  const pem = keys.map((key) => createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
  const publicKeys = toBase64(utf8Bytes(pem.join('')))
  const offline = { issuer, trustDomain: 'outside.test' }
  return [
    { type: 'K8sSA', name: 'jwks', signet: { offline: { ...offline, jwksURL: `${server}/openid/v1/jwks`, roots } } },
    { type: 'K8sSA', name: 'fixed', publicKeys, signet: { offline: { ...offline, allowUnbound: true } } },
    { type: 'K8sSA', name: 'old', publicKeys, signet: { legacyTokens: true } },
  ]
}

/** Runs `step ca certificate NAME web.crt web.key --token TOKEN` as a user with these roots. */
async function certificateFor(name: string, token: string, where: { url: string; roots: string; proxied?: boolean }) {
  const file = (of: string): string => join(folder, of)
  writeFileSync(file('roots.pem'), where.roots)
  const options = ['--ca-url', where.url, '--root', file('roots.pem'), '--force']
  const files = [file('web.crt'), file('web.key')]
  const result = await tryRun(step, ['ca', 'certificate', name, ...files, '--token', token.trim(), ...options], {
    env: { STEPPATH: file('.step'), ...(where.proxied && { HTTPS_PROXY: proxy.url }) },
    timeoutMs: 30_000,
  })
  const issued = result.status === 0 ? new X509Certificate(readFileSync(files[0] ?? '')) : undefined
  return { status: result.status, stderr: result.stderr, subject: issued?.subject, names: issued?.subjectAltName }
}
const here = () => ({ url: `https://${access.name}`, roots: access.roots, proxied: true })
const there = () => ({ url: outside.url, roots: outside.folder.root })
const refused = { status: 1, stderr: expect.stringContaining('The request lacked necessary authorization') as string }

describe('step ca certificate by a projected token, at the authority of the cluster', () => {
  it('gets the identity of its pod', async () => {
    const uri = identity('cluster.local')
    const token = await projectedToken(kubectl, space.name, 'plain', 0)
    expect(await certificateFor(uri, token, here())).toMatchObject({
      status: 0,
      subject: `CN=${uri}`,
      names: `URI:${uri}`,
    })
  })

  it('gets the name that its pod was given', async () => {
    const name = `web.${space.name}.svc`
    const token = await projectedToken(kubectl, space.name, 'wishing', 0)
    expect(await certificateFor(name, token, here())).toMatchObject({
      status: 0,
      subject: `CN=${name}`,
      names: `DNS:${name}`,
    })
    expect(await certificateFor(`db.${space.name}.svc`, token, here())).toMatchObject(refused)
  })

  it('is refused with a token for another authority', async () => {
    const token = await projectedToken(kubectl, space.name, 'plain', 1)
    expect(await certificateFor(identity('cluster.local'), token, here())).toMatchObject(refused)
  })
})

describe('step ca certificate by a projected token, at an authority that has only the keys of the cluster', () => {
  it.each([
    ['that the API server publishes', 1],
    ['in its configuration', 2],
  ])('%s gets the identity', async (_, index) => {
    const uri = identity('outside.test')
    const token = await projectedToken(kubectl, space.name, 'plain', index)
    expect(await certificateFor(uri, token, there())).toMatchObject({
      status: 0,
      subject: `CN=${uri}`,
      names: `URI:${uri}`,
    })
  })

  it('is refused with a name that the token does not prove, and with a token for another authority', async () => {
    const token = (index: number) => projectedToken(kubectl, space.name, 'wishing', index)
    expect(await certificateFor(`web.${space.name}.svc`, await token(1), there())).toMatchObject(refused)
    expect(await certificateFor(identity('outside.test'), await token(0), there())).toMatchObject(refused)
  })

  it('takes a token without a pod only where a flag says so', async () => {
    const token = (name: string) =>
      createToken(kubectl, { namespace: space.name, serviceAccount: 'web', audience: audienceOf(name) })
    expect(await certificateFor(identity('outside.test'), await token('jwks'), there())).toMatchObject(refused)
    expect(await certificateFor(identity('outside.test'), await token('fixed'), there())).toMatchObject({ status: 0 })
  })

  it('takes one that is bound to a pod by name', async () => {
    const pod = { name: 'plain', uid: await uidOf(kubectl, 'pod', space.name, 'plain') }
    const token = await createToken(kubectl, {
      namespace: space.name,
      serviceAccount: 'web',
      audience: audienceOf('jwks'),
      pod,
    })
    expect(await certificateFor(identity('outside.test'), token, there())).toMatchObject({ status: 0 })
  })
})

describe('step ca certificate by a token of old', () => {
  it('gets whatever it asks for where the flag says so', async () => {
    type Secret = { readonly data?: { readonly token?: string } }
    const token = await kubectl.eventually(space.name, 'a token in the Secret', 20_000, async () => {
      const { data } = await kubectl.get<Secret>('secret', 'web-old', '-n', space.name)
      return data?.token
    })
    const answer = await certificateFor('any.test', Buffer.from(token, 'base64').toString(), there())
    expect(answer).toMatchObject({ status: 0, subject: 'CN=any.test' })
  })
})
