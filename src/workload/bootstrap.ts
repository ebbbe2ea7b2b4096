import { publish, readCurrent } from './atomic-directory.ts'
import { isPassing, obtain, type WorkloadDeps } from './authority.ts'
import { fromFiles, toFiles, whyUnusable } from './credentials.ts'
import { isSignetError } from '../core/errors.ts'
import { describeIssued, recordWake } from './wake.ts'
import { retryDelay } from '../client/schedule.ts'

export type BootstrapDeps = WorkloadDeps & {
  /** Resolves after this many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>
}

/**
 * So long a token that is not accepted is shown again: a Provisioner that has just been made is in the Authority's status,
 * and so in the pod, a moment before the authority has loaded it. Each try counts as a use of the token.
 */
const unknownProvisioner = { patienceMs: 10_000, waitMs: 2000 } as const

/**
 * Gets the first certificate of a pod and writes the files. Waits for an authority that cannot be reached or is not ready,
 * for ever, with a line in the log for each attempt; fails with the error of a refusal. Does nothing where a run before
 * has left files that are still good.
 */
export async function bootstrap(deps: BootstrapDeps): Promise<void> {
  const { settings, clock, log } = deps
  const files = readCurrent(settings.directory)
  const held = files && fromFiles(files)
  if (held && whyUnusable(held, settings.request, settings.pod.ips, clock.now()) === undefined) {
    log.info(describeIssued(held.certificateChain), 'certificate is there already')
    return
  }
  const { credentials, requestId } = await persist(deps)
  publish(settings.directory, toFiles(credentials), settings.mode)
  recordWake(settings, credentials, clock.now())
  log.info({ ...describeIssued(credentials.certificateChain), requestId }, 'certificate issued')
}

async function persist(deps: BootstrapDeps) {
  const { settings, clock, log, wait } = deps
  const patientUntil = clock.now() + unknownProvisioner.patienceMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await obtain(deps, settings.authority.roots)
    } catch (err) {
      const isUnknown = isSignetError(err, 'unauthorized') && clock.now() < patientUntil
      if (!isSignetError(err) || !(isPassing(err) || isUnknown)) throw err
      const delayMs = isUnknown
        ? unknownProvisioner.waitMs
        : retryDelay(attempt, err.retryAfterSeconds, settings.pod.uid)
      log.warn({ err, attempt, delayMs }, 'no certificate yet, trying again')
      await wait(delayMs)
    }
  }
}
