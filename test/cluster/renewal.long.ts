import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { createKubectl, type TestNamespace } from './harness/kubectl.ts'
import { authorityAccess, metric, type AuthorityAccess } from './support/authority.ts'
import { allowShortLives } from './support/provisioner.ts'
import { injectLabel, verifyingPod, wishFor, workloads, type Pod } from './support/injected.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

let namespace: TestNamespace
let authority: AuthorityAccess
let shortLives: AsyncDisposable

beforeAll(async () => {
  shortLives = await allowShortLives(kubectl, '15s')
  namespace = await kubectl.createNamespace('renewal', injectLabel)
  authority = await authorityAccess(kubectl)
})
afterAll(async () => {
  await namespace[Symbol.asyncDispose]()
  await shortLives[Symbol.asyncDispose]()
})

const source = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8')

/** A pod that runs a Node program with a certificate of this life. */
async function runProgram(name: string, file: string, duration: string): Promise<void> {
  const command = ['node', '--input-type=module', '-e', source(file)]
  const spec = verifyingPod(images.appUser1000, { containers: [{ name: 'app', image: images.appUser1000, command }] })
  const annotations = { ...wishFor(name, namespace.name), 'signet.dev/duration': duration }
  await kubectl.apply([workloads['Pod']?.({ name, namespace: namespace.name, annotations }, spec)])
}

const normal = (serial: string) => serial.replace(/^0+/, '')

/** Serials, in hex, of what the sidecar has written, as its log tells. */
async function writtenBySidecar(pod: string): Promise<string[]> {
  const log = await kubectl.logs(namespace.name, pod, 'signet-renew')
  const lines = log.split('\n').filter((line) => /"msg":"certificate (renewed|issued anew)"/.test(line))
  return lines.map((line) =>
    BigInt((JSON.parse(line) as { serial: string }).serial)
      .toString(16)
      .toUpperCase(),
  )
}

type Response = { readonly serial: string; readonly validTo: string }

function get(host: string, name: string, agent: Agent): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port: 8443, servername: name, headers: { host: name }, agent })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const { serialNumber, valid_to: validTo } = (response.socket as TLSSocket).getPeerCertificate()
      response.resume()
      response.on('end', () => resolve({ serial: normal(serialNumber), validTo }))
      response.on('error', reject)
    })
    outgoing.end()
  })
}

it(
  'a server with a certificate of three minutes is renewed three times under its clients, and no request fails',
  { timeout: 12 * 60_000 },
  async () => {
    await runProgram('server', 'support/https-server.mjs', '3m')
    await kubectl.waitFor(namespace.name, 'pod/server', 'condition=Ready')
    const pod = await kubectl.get<Pod>('pod', '-n', namespace.name, 'server')
    const name = `server.${namespace.name}.svc`
    const trust = { ca: authority.roots, servername: name }
    const kept = new Agent({ ...trust, keepAlive: true, maxSockets: 1 })
    const fresh = new Agent({ ...trust, maxCachedSessions: 0 })
    const serials: string[] = []
    const failures: unknown[] = []
    const end = performance.now() + 11 * 60_000
    for (let requests = 0; new Set(serials).size < 4 && performance.now() < end; requests += 1) {
      // Over a connection that stays, and over a new one each time: what a client sees of a renewal.
      const results = await Promise.allSettled([get(pod.status.podIP, name, kept), get(pod.status.podIP, name, fresh)])
      failures.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])))
      const [, latest] = results
      if (latest.status === 'fulfilled' && latest.value.serial !== serials.at(-1)) serials.push(latest.value.serial)
      await delay(200)
    }
    kept.destroy()
    fresh.destroy()
    expect(failures).toEqual([])
    expect(serials).toHaveLength(4)
    expect((await writtenBySidecar('server')).slice(0, 3)).toEqual(serials.slice(1))
    expect(pod.status.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0])
  },
)

type Seen = { reads: number; mismatched: number; generations: number; serials: string[] }

async function seenBy(pod: string): Promise<Seen> {
  const lines = (await kubectl.logs(namespace.name, pod, 'app')).trim().split('\n')
  return JSON.parse(lines.at(-1) ?? '{}') as Seen
}

type Renewal = { readonly namespace: string; readonly name: string }

/** Renewals of all pods in the authority's log; also those whose pod was gone before the answer came. */
async function loggedSince(since: string): Promise<Renewal[]> {
  type Line = { route?: string; serial?: string; issuedTo?: Renewal }
  const log = await kubectl(['logs', '-n', 'signet-system', 'signet-0', '-c', 'authority', `--since-time=${since}`])
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .flatMap(({ route, serial, issuedTo }) =>
      route === '/renew' && serial !== undefined && issuedTo ? [issuedTo] : [],
    )
}

/** Renewals of these pods in Events: a series says how often. */
async function toldOf(pods: readonly string[]): Promise<number> {
  type Events = { items: { reason: string; regarding: { name: string }; series?: { count: number } }[] }
  const { items } = await kubectl.get<Events>('events.events.k8s.io', '-n', namespace.name)
  return items
    .filter(({ reason, regarding }) => reason === 'Renewed' && pods.includes(regarding.name))
    .reduce((sum, { series }) => sum + (series?.count ?? 1), 0)
}

const renewals = () => metric(kubectl, 'signet-0', 'signet_certificates_issued_total', ['operation="renew"'])

it(
  'readers never see files of two generations in fifty renewals, which log, Events and metric count alike',
  { timeout: 10 * 60_000 },
  async () => {
    const pods = Array.from({ length: 8 }, (_, index) => `reader-${index}`)
    const since = new Date().toISOString()
    await kubectl(['delete', 'pod', '-n', namespace.name, 'server', '--ignore-not-found', '--wait=true'])
    const before = await renewals()
    await Promise.all(pods.map((pod) => runProgram(pod, 'support/file-reader.mjs', '20s')))
    const seen = await kubectl.eventually(
      namespace.name,
      'fifty renewals',
      8 * 60_000,
      async () => {
        const all = await Promise.all(pods.map(seenBy))
        return all.reduce((sum, { generations }) => sum + generations - 1, 0) >= 50 ? all : undefined
      },
      5000,
    )
    expect(seen.map(({ mismatched }) => mismatched)).toEqual(pods.map(() => 0))
    for (const [index, pod] of pods.entries()) {
      const written = seen[index]?.serials.slice(1).map(normal) ?? []
      expect(await writtenBySidecar(pod)).toEqual(expect.arrayContaining(written))
    }
    await kubectl(['delete', 'pods', '-n', namespace.name, '--all', '--wait=true'])
    // Pods of others may be renewed meanwhile: the metric counts them, as the log does.
    const logged = await loggedSince(since)
    expect(await renewals()).toBe(before + logged.length)
    const ours = logged.filter((renewal) => renewal.namespace === namespace.name).length
    expect(ours).toBeGreaterThanOrEqual(50)
    await kubectl.eventually(namespace.name, `${ours} renewals in Events`, 20_000, async () =>
      (await toldOf(pods)) === ours ? true : undefined,
    )
  },
)
