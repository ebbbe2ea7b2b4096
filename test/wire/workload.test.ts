import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PodFacts } from '../../src/authority/kubernetes-facts.ts'
import { fakeKubernetes } from '../fakes/fake-kubernetes.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { buildWorkloadProgram, type WorkloadProgram } from '../harness/workload-program.ts'
import { aToken, forgersKey } from '../builders/tokens.ts'
import { aWorkloadRequest } from '../builders/workload.ts'

/** Resident memory that `design.md` allows each of the two programs. */
const limitMiB = 60

const kubernetes = {
  type: 'K8sSA',
  name: 'kubernetes',
  signet: { tokenReview: true, delegates: [], usesPerPodPerMinute: 1000 },
}
const audience = 'https://localhost/1.0/sign#k8ssa/kubernetes'
const request = JSON.stringify(aWorkloadRequest())
const livingPod: PodFacts = {
  namespace: 'shop',
  name: 'web-1',
  uid: 'pod-uid',
  serviceAccount: 'web',
  deleting: false,
  finished: false,
  hostNetwork: false,
  podIPs: ['10.0.0.1'],
  request,
}
const cluster = fakeKubernetes()
const told: string[] = []

let ca: RunningAuthority
let program: WorkloadProgram
let directory: string

beforeAll(async () => {
  const tell = ({ reason, regarding }: { reason: string; regarding: { name: string } }) =>
    void told.push(`${reason} ${regarding.name}`)
  ca = await startAuthority({
    changes: {
      authority: { provisioners: [kubernetes] },
      signet: {
        kubernetes: { trustDomain: 'cluster.local', clusterDomain: 'cluster.local', namespace: 'signet-system' },
      },
    },
    cluster: { reader: cluster, policy: cluster.policy, tell, close: () => undefined },
  })
  program = await buildWorkloadProgram()
})
afterAll(async () => {
  program.remove()
  await ca.stop()
})

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-pod-'))
  told.length = 0
  cluster.pods.set('shop/web-1', livingPod)
  const claims = {
    aud: [audience],
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 600,
    iss: 'https://kubernetes.default.svc',
    sub: 'system:serviceaccount:shop:web',
    'kubernetes.io': { namespace: 'shop', pod: { name: 'web-1', uid: 'pod-uid' }, serviceaccount: { name: 'web' } },
  }
  const token = aToken(claims, forgersKey)
  cluster.tokens.set(token, {
    authenticated: true,
    audiences: [audience],
    username: 'system:serviceaccount:shop:web',
    podName: 'web-1',
    podUid: 'pod-uid',
    credentialId: 'jti-1',
  })
  writeFileSync(join(directory, 'token'), token)
})
afterEach(() => rmSync(directory, { recursive: true }))

const environment = (changes: Record<string, string> = {}): Record<string, string> => ({
  SIGNET_REQUEST: request,
  // By its address, as a pod on the host's network is told it.
  SIGNET_AUTHORITY_URL: ca.url,
  SIGNET_AUTHORITY_ADDRESS: '127.0.0.1',
  SIGNET_ROOTS: ca.folder.root,
  SIGNET_TOKEN_FILE: join(directory, 'token'),
  SIGNET_DIRECTORY: directory,
  SIGNET_MODE: '0600',
  POD_UID: 'pod-uid',
  POD_IPS: '10.0.0.1',
  ...changes,
})

const read = (name: string) => readFileSync(join(directory, name), 'utf8')
const serial = () => new X509Certificate(read('site.crt')).serialNumber
const makeDue = () => writeFileSync(join(directory, '..data', '.issuance.json'), '{"issuedAt":0}\n')

describe('the bundle of the injected containers', () => {
  it('holds our own sources only', () => {
    expect(program.inputs.filter((file) => !file.startsWith('src/'))).toEqual([])
  })

  it('gets, keeps and renews a certificate from a real authority within its memory', async () => {
    const first = await program.run('bootstrap', environment())
    expect(first).toMatchObject({
      code: 0,
      lines: [{ level: 'info', process: 'bootstrap', msg: 'certificate issued' }],
    })
    expect(first.peakMiB).toBeLessThanOrEqual(limitMiB)
    expect(new X509Certificate(read('site.crt')).subjectAltName).toBe(
      'DNS:web.shop.svc, URI:spiffe://cluster.local/ns/shop/sa/web',
    )
    const [before, key] = [serial(), read('site.key')]

    const idle = await program.run('renew', environment())
    expect(idle).toMatchObject({ code: 0, lines: [] })
    expect(serial()).toBe(before)

    makeDue()
    const renewal = await program.run('renew', environment())
    expect(renewal).toMatchObject({ code: 0, lines: [{ level: 'info', process: 'renew', msg: 'certificate renewed' }] })
    expect(renewal.peakMiB).toBeLessThanOrEqual(limitMiB)
    expect(serial()).not.toBe(before)
    expect(read('site.key')).toBe(key)
    expect(await ca.lineOf(String(renewal.lines[0]?.['requestId']))).toMatchObject({ route: '/renew', status: 201 })
    expect(told).toEqual(['Issued web-1', 'Renewed web-1'])
  })

  it('tells a refusal with the id under which the authority has logged the reason, and ends', async () => {
    cluster.pods.set('shop/web-1', { ...livingPod, uid: 'another' })
    const { code, lines } = await program.run('bootstrap', environment())
    expect(code).toBe(1)
    const last = lines.at(-1)
    expect(last).toMatchObject({
      level: 'error',
      msg: 'certificate refused',
      err: { code: 'unauthorized', message: expect.stringMatching(/^the authority answered 401: /) as string },
    })
    expect(await ca.lineOf(String(last?.['requestId']))).toMatchObject({ err: { reason: 'PodUidMismatch' } })
    expect(new Set(told)).toEqual(new Set(['PodUidMismatch web-1']))
  })

  it('keeps what it has, and says when it tries again, where the pod is refused anything more', async () => {
    await program.run('bootstrap', environment())
    const before = serial()
    makeDue()
    cluster.pods.set('shop/web-1', { ...livingPod, deleting: true })
    const { code, lines } = await program.run('renew', environment())
    expect(code).toBe(1)
    expect(lines.map(({ msg }) => msg)).toEqual(['renewal refused', 'certificate not renewed'])
    expect(serial()).toBe(before)
    expect(Number(read('..wake')) * 1000).toBeLessThan(Date.now() + 60_000)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends at once on %s while it waits for an authority', async (signal) => {
    const unreachable = environment({ SIGNET_AUTHORITY_URL: 'https://localhost:1' })
    let sent = Number.POSITIVE_INFINITY
    const { code, lines } = await program.run('bootstrap', unreachable, (_, kill) => {
      sent = performance.now()
      kill(signal)
    })
    expect(performance.now() - sent).toBeLessThan(1000)
    expect(code).toBe(143)
    expect(lines[0]).toMatchObject({ level: 'warn', msg: 'no certificate yet, trying again', attempt: 1 })
  })

  it('names the variable that is missing', async () => {
    const { code, lines } = await program.run('bootstrap', environment({ SIGNET_ROOTS: '' }))
    expect(code).toBe(1)
    expect(lines[0]?.['err']).toMatchObject({
      message: 'SIGNET_ROOTS is not set: the webhook sets it in the containers that it injects',
    })
  })
})
