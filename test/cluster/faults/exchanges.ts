import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { KubeObject } from '../harness/kubectl.ts'
import { until } from '../harness/wait.ts'
import { createToken, sleepingPod } from '../support/pods.ts'
import type { ExchangingPod, Job, Report } from './exchange-process.ts'
import { expectInStore } from './store.ts'
import type { Load, World } from './world.ts'

/** Each pod may show its token ten times a minute: an exchange that is cut off and tried again counts twice. */
const usesEach = 5
const processes = 10

type InjectedPod = KubeObject & { spec: { initContainers: { env: { name: string; value?: string }[] }[] } }

/**
 * As many exchanges at once as `5 × pods`, by ten processes, with real tokens bound to pods that exist but are never
 * scheduled. Afterwards every certificate that a process holds is in the store.
 */
export async function concurrentExchanges(world: World, count: number): Promise<Load> {
  const { kubectl, cleanup, authority } = world
  const folder = await mkdtemp(join(tmpdir(), 'signet-exchanges-'))
  cleanup.defer(() => rm(folder, { recursive: true }))
  const pods = await createPods(world, count)
  const reports: Exclude<Report, 'ready'>[] = []
  const children = await Promise.all(
    Array.from({ length: processes }, () => startProcess(cleanup, (report) => reports.push(report))),
  )
  const all = count * usesEach
  const failures = (): Report[] => reports.filter((report) => report !== 'done')
  return {
    start() {
      const { address, roots, name } = authority
      const trust = { url: `https://${name}`, address, roots }
      for (const [index, child] of children.entries()) {
        const own = pods.filter((_, position) => position % processes === index)
        child.send({ authority: trust, pods: own, usesEach, folder } satisfies Job)
      }
      return Promise.resolve()
    },
    done: () => Promise.resolve(reports.length),
    enough: all / 10,
    all,
    async settled(withinMs) {
      await until(`${all} exchanges to end`, withinMs, () => (reports.length >= all ? true : undefined)).catch(
        (cause: unknown) => {
          throw new Error(`${reports.length} of ${all} exchanges ended`, { cause })
        },
      )
      expect(failures()).toEqual([])
      const files = pods.flatMap(({ name }) =>
        Array.from({ length: usesEach }, (_, use) => join(folder, `${name}-${use}`, 'site.crt')),
      )
      await expectInStore(kubectl, await Promise.all(files.map((file) => readFile(file, 'utf8'))))
    },
  }
}

/** Pods that a gate keeps from being scheduled: they cost nothing, and their tokens are as good as any. */
async function createPods({ kubectl, namespace, image, authority }: World, count: number): Promise<ExchangingPod[]> {
  const names = Array.from({ length: count }, (_, index) => `gated-${index}`)
  await kubectl.apply(
    names.map((name) =>
      sleepingPod(namespace, name, image, {
        annotations: { 'signet.dev/name': `${name}.${namespace}.svc` },
        spec: { schedulingGates: [{ name: 'signet.dev/test' }] },
      }),
    ),
  )
  const { items } = await kubectl.get<{ items: InjectedPod[] }>('pods', '-n', namespace)
  const exchanging: ExchangingPod[] = []
  for (const { metadata, spec } of items) {
    const { name, uid = '' } = metadata
    const token = await createToken(kubectl, { namespace, audience: authority.audience, pod: { name, uid } })
    const request = spec.initContainers[0]?.env.find((variable) => variable.name === 'SIGNET_REQUEST')?.value ?? ''
    exchanging.push({ namespace, name, uid, token, request })
  }
  return exchanging
}

/** Resolves when the process waits for its job. It ends when it has done it, or with this process. */
async function startProcess(
  cleanup: AsyncDisposableStack,
  onReport: (report: Exclude<Report, 'ready'>) => void,
): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'exchange-process.ts'), { execArgv: [] })
  cleanup.defer(() => {
    if (child.connected) child.disconnect()
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`a process of exchanges ended with ${code}`)))
    child.on('message', (report: Report) => {
      if (report === 'ready') resolve()
      else onReport(report)
    })
  })
  return child
}
