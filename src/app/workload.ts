import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCaClient } from '../client/ca-client.ts'
import { SignetError, isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { WorkloadDeps } from '../workload/authority.ts'
import { bootstrap } from '../workload/bootstrap.ts'
import { renew } from '../workload/renew.ts'
import { readSettings } from '../workload/settings.ts'
import type { ProcessMain } from './processes.ts'
import { systemClock } from './system.ts'

/**
 * The two programs of the injected containers. Their bundle holds no Kubernetes client, no logger package and no HTTP
 * server: a renewal has to fit beside the app (`design.md`: resident at most 60 MiB).
 */

/** Process `bootstrap`: gets the first certificate of the pod; 0 once the files are there, 1 where it is refused. */
export const runBootstrap: ProcessMain = async () => {
  endOnSignal()
  const log = createLineLog('bootstrap')
  try {
    await bootstrap({ ...dependencies(log), wait: (milliseconds) => sleep(milliseconds) })
    return 0
  } catch (err) {
    log.error({ err, ...(isSignetError(err) && { requestId: err.requestId }) }, 'certificate refused')
    return 1
  }
}

/** Process `renew`: one look at the pod's certificate, with whatever is due; 0 if all is well, else 1. */
export const runRenew: ProcessMain = async () => {
  endOnSignal()
  const log = createLineLog('renew')
  try {
    return (await renew(dependencies(log))) ? 0 : 1
  } catch (err) {
    log.error({ err }, 'renewal failed')
    return 1
  }
}

function dependencies(log: Log): WorkloadDeps {
  const settings = readSettings(process.env)
  const { url, address } = settings.authority
  return {
    settings,
    clock: systemClock,
    log,
    connect: (roots) => createCaClient({ url, roots, ...(address === undefined ? {} : { address }) }),
    readToken: () => readToken(settings.tokenFile),
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new SignetError('unavailable', `cannot read the token in ${file}`, { cause: error })
  }
}

/** A process with number 1, as in a container, ends on a signal only if it says so. */
function endOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(143))
}

/** JSON lines as the other processes write them, without their logger, which costs 5 MiB and 30 ms. */
function createLineLog(name: string): Log {
  const write =
    (level: string) =>
    (fields: object, msg: string): void => {
      const time = new Date(systemClock.now()).toISOString()
      process.stdout.write(`${JSON.stringify({ level, time, process: name, msg, ...describe(fields) })}\n`)
    }
  return { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') }
}

function describe(fields: object): object {
  const { err, ...rest } = fields as { err?: unknown }
  if (err === undefined) return rest
  if (isSignetError(err)) return { ...rest, err: { message: err.message, code: err.code } }
  return { ...rest, err: err instanceof Error ? { message: err.message, stack: err.stack } : err }
}
