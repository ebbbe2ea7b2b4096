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
  const { settings, log, wait } = deps
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await obtain(deps, settings.authority.roots)
    } catch (err) {
      if (!isSignetError(err) || !isPassing(err)) throw err
      const delayMs = retryDelay(attempt, err.retryAfterSeconds, settings.pod.uid)
      log.warn({ err, attempt, delayMs }, 'no certificate yet, trying again')
      await wait(delayMs)
    }
  }
}
