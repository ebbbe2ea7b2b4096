import { generateKeyPairSync } from 'node:crypto'
import { sha256Hex } from '../../src/core/bytes.ts'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createKubectl, type TestNamespace } from './harness/kubectl.ts'
import { aCsr } from '../builders/csr.ts'
import { csrFor, nameOf, pemOf, policyRefusals, tokenRefusals, type Attempt, type World } from './refusals.ts'
import { authorityAccess, metric, post, requestLine } from './support/authority.ts'
import { brokenRequests } from './support/broken-requests.ts'
import { createToken, sleepingPod, uidOf } from './support/pods.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

/** What step-ca says to everybody whose token it does not accept. */
const masked =
  '{"status":401,"message":"The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info."}\n'

let namespace: TestNamespace
let world: World

beforeAll(async () => {
  namespace = await kubectl.createNamespace('refusals', { 'signet.dev/inject': 'enabled' })
  world = { kubectl, authority: await authorityAccess(kubectl), image: images.app, namespace: namespace.name }
})
afterAll(async () => {
  await namespace[Symbol.asyncDispose]()
})

const refusedCount = (reason: string): Promise<number> =>
  metric(kubectl, 'signet-0', 'signet_requests_refused_total', [`reason="${reason}"`])

/** Certificates in the authority's database for the key of this request. */
async function storedFor({ spki }: Attempt['csr']): Promise<number> {
  const query = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync('/var/lib/signet/db.sqlite', { readOnly: true })
    console.log(database.prepare('SELECT count(*) AS n FROM certificates WHERE public_key_sha256 = ?').get(process.argv[1]).n)`
  return Number(await kubectl.exec('signet-system', 'signet-0', 'authority', ['node', '-e', query, sha256Hex(spki)]))
}

async function warningOn({ kind, namespace: place, name }: Attempt['regarding'], reason: string): Promise<string> {
  type Events = { items: { reason: string; type: string; note?: string; regarding: { kind: string; name: string } }[] }
  return kubectl.eventually(place, `a Warning Event ${reason} on ${kind} ${name}`, 15_000, async () => {
    const { items } = await kubectl.get<Events>('events.events.k8s.io', '-n', place)
    const found = items.find(
      ({ reason: its, regarding }) => its === reason && regarding.kind === kind && regarding.name === name,
    )
    return found === undefined ? undefined : `${found.type} ${found.note ?? ''}`
  })
}

describe('by token: masked to the caller, told to those who run it', () => {
  it.each(tokenRefusals)('$name', async ({ reason, arrange }) => {
    const { csr, token, certificate, regarding } = await arrange(world)
    const before = await refusedCount(reason)
    const body = { csr: pemOf(csr), ott: token, ...(certificate === undefined ? {} : { signet: { certificate } }) }
    const answer = await post(world.authority, '/1.0/sign', JSON.stringify(body))
    expect(answer).toEqual({ status: 401, body: masked, requestId: answer.requestId })
    const line = await requestLine(kubectl, answer.requestId)
    expect(line).toContain(`"reason":"${reason}"`)
    expect(line).not.toContain(token.split('.')[2])
    expect(await warningOn(regarding, reason)).toMatch(/^Warning .+/)
    expect(await refusedCount(reason)).toBe(before + 1)
    expect(await storedFor(csr)).toBe(0)
  })
})

describe('by policy', () => {
  it.each(policyRefusals.filter(({ annotations }) => annotations !== undefined))(
    'a pod at admission: $name',
    async ({ annotations, pod = {}, message }) => {
      const all = {
        'signet.dev/name': nameOf('alice', namespace.name),
        ...annotations?.(namespace.name),
      }
      const object = sleepingPod(namespace.name, 'admission', images.app, { annotations: all })
      const spec = { ...(object['spec'] as object), ...pod }
      const { status, stderr } = await kubectl.try(['create', '-f', '-'], {
        input: JSON.stringify({ ...object, spec }),
      })
      expect(stderr).toContain(message(namespace.name))
      expect(status).toBe(1)
    },
  )

  it.each(policyRefusals.filter(({ wish }) => wish !== undefined))(
    'a pod with a wish written by hand: $name',
    async ({ name, wish, message }) => {
      const pod = `wish-${policyRefusals.findIndex((row) => row.name === name)}`
      const request = {
        dnsNames: [],
        ipAddresses: [],
        uris: [],
        emailAddresses: [],
        podIPs: false,
        keyAlgorithm: 'EC-P256',
      }
      const asked: typeof request & { commonName?: string } = { ...request, ...wish?.(namespace.name) }
      const env = [{ name: 'SIGNET_REQUEST', value: JSON.stringify(asked) }]
      const object = sleepingPod(namespace.name, pod, images.app)
      const init = { name: 'signet-bootstrap', image: images.app, command: ['true'], env }
      await kubectl.apply([{ ...object, spec: { ...(object['spec'] as object), initContainers: [init] } }])
      const uid = await uidOf(kubectl, 'pod', namespace.name, pod)
      const { audience } = world.authority
      const token = await createToken(kubectl, { namespace: namespace.name, audience, pod: { name: pod, uid } })
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const sans = [...asked.dnsNames, ...asked.ipAddresses, ...asked.emailAddresses, ...asked.uris]
      const csr = aCsr({ sans, privateKey, subject: { commonName: asked.commonName ?? '' } })
      const answer = await post(world.authority, '/1.0/sign', JSON.stringify({ csr: pemOf(csr), ott: token }))
      const text = `The request was forbidden by the certificate authority: ${message(namespace.name)}.`
      expect(JSON.parse(answer.body)).toEqual({ status: 403, message: text })
      expect(answer.status).toBe(403)
      expect(await storedFor(csr)).toBe(0)
    },
  )

  it.each(policyRefusals.filter(({ spec }) => spec !== undefined))(
    'a Certificate: $name',
    async ({ name: row, spec, message }) => {
      const name = `policy-${policyRefusals.findIndex(({ name: its }) => its === row)}`
      const metadata = { name, namespace: namespace.name }
      const wanted = { secretName: `${name}-tls`, ...spec?.(namespace.name) }
      await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Certificate', metadata, spec: wanted }])
      const said = await kubectl.eventually(namespace.name, `a condition of Certificate ${name}`, 20_000, async () => {
        type Status = { status?: { conditions?: { type: string; status: string; message: string }[] } }
        const { status } = await kubectl.get<Status>('certificates.signet.dev', '-n', namespace.name, name)
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')
        return ready?.status === 'False' && ready.message.includes(message(namespace.name)) ? ready.message : undefined
      })
      expect(said).toContain(message(namespace.name))
      expect(await kubectl.find('secret', '-n', namespace.name, `${name}-tls`)).toBeUndefined()
    },
  )

  it('a Certificate whose secretName belongs to somebody else', async () => {
    const place = namespace.name
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'theirs', namespace: place } }
    await kubectl.apply([{ ...secret, stringData: { password: 'kept' } }])
    const metadata = { name: 'taker', namespace: place }
    const spec = { secretName: 'theirs', dnsNames: [nameOf('taker', place)] }
    await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Certificate', metadata, spec }])
    await kubectl.waitFor(
      place,
      'certificates.signet.dev/taker',
      'jsonpath={.status.conditions[?(@.type=="Ready")].reason}=SecretConflict',
      20_000,
    )
    const { data } = await kubectl.get<{ data: object }>('secret', '-n', place, 'theirs')
    expect(data).toEqual({ password: Buffer.from('kept').toString('base64') })
  })
})

describe('by request', () => {
  it.each(brokenRequests)('$name', async ({ body, message }) => {
    const { audience } = world.authority
    const pod = 'requests'
    await kubectl.apply([
      sleepingPod(namespace.name, pod, images.app, { annotations: { 'signet.dev/name': nameOf(pod, namespace.name) } }),
    ])
    const uid = await uidOf(kubectl, 'pod', namespace.name, pod)
    const token = await createToken(kubectl, { namespace: namespace.name, audience, pod: { name: pod, uid } })
    const answer = await post(world.authority, '/1.0/sign', body(token))
    expect(answer.body).toBe(`${JSON.stringify({ status: 400, message })}\n`)
    expect(answer.status).toBe(400)
  })

  it('the same pod gets a certificate with a sound request', async () => {
    const uid = await uidOf(kubectl, 'pod', namespace.name, 'requests')
    const { audience } = world.authority
    const token = await createToken(kubectl, { namespace: namespace.name, audience, pod: { name: 'requests', uid } })
    const csr = csrFor(nameOf('requests', namespace.name))
    const answer = await post(world.authority, '/1.0/sign', JSON.stringify({ csr: pemOf(csr), ott: token }))
    expect(answer.status).toBe(201)
    expect(await storedFor(csr)).toBe(1)
  })
})
