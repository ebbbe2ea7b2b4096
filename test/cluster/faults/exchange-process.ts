/**
 * A process that runs the program of the injected container `signet-bootstrap` many times at once, each for a pod of its
 * job and into a folder of its own. Says `ready`, then `done` for each certificate, or why there is none.
 */
import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCaClient } from '../../../src/client/ca-client.ts'
import { parseWorkloadRequest } from '../../../src/core/workload-request.ts'
import { bootstrap } from '../../../src/workload/bootstrap.ts'
import { recordedLog } from '../../fakes/recorded-log.ts'

export type ExchangingPod = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly token: string
  /** The wish as the webhook wrote it. */
  readonly request: string
}

export type Job = {
  readonly authority: { readonly url: string; readonly address: string; readonly roots: string }
  readonly pods: readonly ExchangingPod[]
  readonly usesEach: number
  /** The certificates end up in `<folder>/<pod>-<use>/site.crt`. */
  readonly folder: string
}

export type Report = 'ready' | 'done' | { readonly failed: string }

const report = (message: Report): void => void process.send?.(message)

process.on('disconnect', () => process.exit())
process.once('message', (job: Job) => {
  const exchanges = job.pods.flatMap((pod) =>
    Array.from({ length: job.usesEach }, (_, use) => exchange(job, pod, join(job.folder, `${pod.name}-${use}`))),
  )
  void Promise.all(exchanges).then(() => process.disconnect())
})
report('ready')

async function exchange({ authority }: Job, pod: ExchangingPod, directory: string): Promise<void> {
  mkdirSync(directory)
  const { token, request, ...identity } = pod
  const { address, ...trust } = authority
  try {
    await bootstrap({
      settings: {
        request: parseWorkloadRequest(request),
        authority: trust,
        tokenFile: 'unused',
        directory,
        mode: 0o600,
        pod: { ...identity, ips: [] },
      },
      clock: { now: () => Date.now() },
      log: recordedLog(),
      connect: (roots) => createCaClient({ url: trust.url, address, roots }),
      readToken: () => token,
      wait: (milliseconds) => sleep(milliseconds),
    })
    report('done')
  } catch (error) {
    report({ failed: `${pod.name}: ${error instanceof Error ? error.message : String(error)}` })
  }
}
