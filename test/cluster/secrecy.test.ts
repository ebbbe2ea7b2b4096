// Tokens, keys and Secret bodies reach no log, no Event and no status, even where somebody puts them where they do not belong.
import { generateKeyPairSync } from 'node:crypto'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createKubectl, type KubeObject, type TestNamespace } from './harness/kubectl.ts'
import { csrFor, nameOf, pemOf } from './refusals.ts'
import { authorityAccess, post, type AuthorityAccess } from './support/authority.ts'
import { certificateManifest, certificateWithReason, readyCertificate } from './support/certificates.ts'
import { createToken, sleepingPod, uidOf } from './support/pods.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

let space: TestNamespace
let namespace: string
let authority: AuthorityAccess
let token: string

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

/** GET with the token in places where no client of ours puts it. */
function getWithToken(): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: authority.address,
      servername: authority.name,
      path: `/1.0/root/${token}?ott=${token}`,
      ca: authority.roots,
      headers: { 'user-agent': token, 'x-request-id': token.slice(0, 128), authorization: `Bearer ${token}` },
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    outgoing.end()
  })
}

/** Uses everything, rightly and wrongly. */
beforeAll(async () => {
  space = await kubectl.createNamespace('secrecy', { 'signet.dev/inject': 'enabled' })
  namespace = space.name
  authority = await authorityAccess(kubectl)
  const annotations = { 'signet.dev/name': nameOf('app', namespace) }
  const good = { secretName: 'good', dnsNames: [nameOf('good', namespace)] }
  const bad = { secretName: 'bad', dnsNames: ['elsewhere.example.com'] }
  await kubectl.apply([
    sleepingPod(namespace, 'app', images.app, { annotations }),
    certificateManifest(namespace, 'good', good),
    certificateManifest(namespace, 'bad', bad),
  ])
  const first = await readyCertificate(kubectl, namespace, 'good')
  const damage = JSON.stringify({ stringData: { 'tls.key': key } })
  await kubectl(['patch', 'secret', 'good', '-n', namespace, '--type=merge', '-p', damage])
  await readyCertificate(kubectl, namespace, 'good', first.status?.serialNumber)
  await certificateWithReason(kubectl, namespace, 'bad', 'NotAllowed')
  await kubectl.waitFor(namespace, 'pod/app', 'condition=Ready')
  const pod = { name: 'app', uid: await uidOf(kubectl, 'pod', namespace, 'app') }
  token = await createToken(kubectl, { namespace, audience: authority.audience, pod })
})
afterAll(() => space[Symbol.asyncDispose]())

/** Requests with a secret where it is, or is not, expected. */
const requests: { name: string; status: number; body: () => object | string }[] = [
  { name: 'a request that is granted', status: 201, body: () => ({ csr: csr('app'), ott: token }) },
  { name: 'another name than the pod’s', status: 401, body: () => ({ csr: csr('other'), ott: token }) },
  {
    name: 'a token with a broken signature',
    status: 401,
    body: () => ({ csr: csr('app'), ott: `${token.slice(0, -9)}AAAAAAAAA` }),
  },
  { name: 'half a token', status: 401, body: () => ({ csr: csr('app'), ott: token.slice(0, token.length / 2) }) },
  { name: 'a token twice over', status: 401, body: () => ({ csr: csr('app'), ott: `${token}.${token}` }) },
  { name: 'the token in place of the CSR', status: 400, body: () => ({ csr: token, ott: token }) },
  { name: 'a private key in place of the CSR', status: 400, body: () => ({ csr: key, ott: token }) },
  { name: 'a private key in place of the token', status: 401, body: () => ({ csr: csr('app'), ott: key }) },
  { name: 'the token as a time', status: 400, body: () => ({ csr: csr('app'), ott: token, notAfter: token }) },
  { name: 'the token as a member', status: 400, body: () => ({ csr: csr('app'), [token]: token }) },
  { name: 'the token as the whole body', status: 400, body: () => token },
]

const csr = (name: string): string => pemOf(csrFor(nameOf(name, namespace)))

describe('a secret where it does not belong', () => {
  it.each(requests)('$name', async ({ status, body }) => {
    const sent = body()
    const answer = await post(authority, '/1.0/sign', typeof sent === 'string' ? sent : JSON.stringify(sent))
    expect(answer.status).toBe(status)
    expect(leaksIn(answer.body)).toEqual([])
  })

  it('in path, query and headers', async () => {
    expect(await getWithToken()).toBe(404)
  })
})

describe('everything that is written about a used cluster', () => {
  it('holds no token, no private key and no body of a Secret', async () => {
    const keys = await privateKeys()
    expect(keys.length).toBeGreaterThan(3)
    const sources = [...(await logs()), ...(await objects())]
    // What was looked at is what was done above.
    expect(sources.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'log of signet-system/signet-0/authority',
        `log of ${namespace}/app/signet-bootstrap`,
        `log of ${namespace}/app/signet-renew`,
        'events',
      ]),
    )
    expect(sources.map(({ text }) => text).join()).toContain(nameOf('other', namespace))
    const found = sources.flatMap(({ name, text }) => leaksIn(text, keys).map((leak) => `${name}: ${leak}`))
    expect(found).toEqual([])
  })
})

type Source = { readonly name: string; readonly text: string }

/** The forms in which a secret would be seen, with a little of what is around it. */
function leaksIn(text: string, keys: readonly string[] = []): string[] {
  const patterns = [/.{0,60}eyJ[\w-]{8}.{0,20}/g, /.{0,60}PRIVATE KEY.{0,20}/g]
  return [
    ...patterns.flatMap((pattern) => text.match(pattern) ?? []),
    ...keys.filter((part) => text.includes(part)).map((part) => `part of a key: ${part.slice(0, 8)}`),
  ]
}

/** Pieces from the middle of every private key in a Secret: of its own text, and of the base64 that the API shows. */
async function privateKeys(): Promise<string[]> {
  type Secrets = { items: { data?: Record<string, string> }[] }
  const { items } = await kubectl.get<Secrets>('secrets', '-A')
  const bodies = items.flatMap(({ data }) => data?.['tls.key'] ?? [])
  const pem = bodies.map((body) => Buffer.from(body, 'base64').toString('utf8').split('\n')[2] ?? '')
  return [
    ...bodies.map((body) => body.slice(120, 160)),
    ...pem.map((line) => line.slice(0, 40)),
    key.toString().split('\n')[2] ?? '',
  ]
}

/** Logs of every container that runs our image, with those of before its last restart. */
async function logs(): Promise<Source[]> {
  type Pods = { items: (KubeObject & { spec: { containers: Named[]; initContainers?: Named[] } })[] }
  type Named = { name: string; image: string }
  const { items } = await kubectl.get<Pods>('pods', '-A')
  const containers = items.flatMap(({ metadata, spec }) =>
    [...spec.containers, ...(spec.initContainers ?? [])]
      .filter(({ image }) => image.split(':')[0]?.endsWith('/signet'))
      .map(({ name }) => ({ place: metadata.namespace ?? '', pod: metadata.name, container: name })),
  )
  const sources: Source[] = []
  for (const { place, pod, container } of containers) {
    const now = await kubectl.try(['logs', '-n', place, pod, '-c', container])
    const before = await kubectl.try(['logs', '-n', place, pod, '-c', container, '--previous'])
    sources.push({ name: `log of ${place}/${pod}/${container}`, text: now.stdout + before.stdout })
  }
  return sources
}

async function objects(): Promise<Source[]> {
  const kinds = ['events', 'authorities.signet.dev', 'provisioners.signet.dev', 'certificates.signet.dev', 'pods']
  return Promise.all(
    kinds.map(async (kind) => ({ name: kind, text: await kubectl(['get', kind, '-A', '-o', 'json']) })),
  )
}
