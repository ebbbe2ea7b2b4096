import { publish, readCurrent } from './atomic-directory.ts'
import { isPassing, obtain, refreshRoots, type Obtained, type WorkloadDeps } from './authority.ts'
import { fromFiles, toFiles, whyUnusable, type Credentials, type Held } from './credentials.ts'
import { isSignetError } from '../core/errors.ts'
import { describeIssued, recordFailure, recordWake, renewAt, writeWake } from './wake.ts'
import { retryTime } from './schedule.ts'

/**
 * One run of the sidecar's program: looks for new roots, renews what is due, starts over with a token where renewal is of
 * no use, and leaves behind when it wants to run again. Never fails for what may pass; resolves to whether all is well.
 */
export async function renew(deps: WorkloadDeps): Promise<boolean> {
  const { settings, clock, log } = deps
  const files = readCurrent(settings.directory)
  const held = files && fromFiles(files)
  try {
    const { credentials, changed } = await update(deps, held)
    if (changed) publish(settings.directory, toFiles(credentials), settings.mode)
    recordWake(settings, credentials, clock.now())
    return true
  } catch (err) {
    if (!isSignetError(err)) throw err
    const now = clock.now()
    const failed = {
      notAfter: held?.leaf.notAfter,
      retryAfterSeconds: err.retryAfterSeconds,
      failures: recordFailure(settings),
      refused: !isPassing(err),
    }
    const at = retryTime(now, failed, settings.pod.uid)
    writeWake(settings.directory, at)
    log.error(
      { err, requestId: err.requestId, delayMs: at - now, ...(held && describeIssued(held.certificateChain)) },
      'certificate not renewed',
    )
    return false
  }
}

type Update = { readonly credentials: Credentials; readonly changed: boolean }

async function update(deps: WorkloadDeps, held: Held | undefined): Promise<Update> {
  const { settings, clock, log } = deps
  if (held === undefined) return startOver(deps, settings.authority.roots, 'there are no files, or they are damaged')
  const client = deps.connect(held.roots)
  try {
    const roots = await refreshRoots(client)
    const current = { ...held, roots }
    const why = whyUnusable(current, settings.request, settings.pod.ips, clock.now())
    if (why !== undefined) return await startOver(deps, held.roots, why)
    if (clock.now() < renewAt(current, settings.pod.uid)) {
      if (roots !== held.roots) log.info({}, 'roots changed')
      return { credentials: current, changed: roots !== held.roots }
    }
    return await renewHeld(deps, current, client)
  } finally {
    client.close()
  }
}

/** By mutual TLS with the certificate itself; where that is refused, by the token as at the start. */
async function renewHeld(deps: WorkloadDeps, held: Held, client: ReturnType<WorkloadDeps['connect']>): Promise<Update> {
  const { certificateChain, privateKey, roots } = held
  const issuedAt = deps.clock.now()
  try {
    const renewed = await client.renew({ certificateChain, privateKey })
    const credentials = { certificateChain: renewed.certificateChain, privateKey, roots, issuedAt }
    deps.log.info(
      { ...describeIssued(credentials.certificateChain), requestId: renewed.requestId },
      'certificate renewed',
    )
    return { credentials, changed: true }
  } catch (err) {
    if (!isSignetError(err) || err.code === 'unavailable') throw err
    deps.log.warn({ err, requestId: err.requestId }, 'renewal refused')
    return startOver(deps, roots, 'the renewal was refused')
  }
}

async function startOver(deps: WorkloadDeps, roots: string, why: string): Promise<Update> {
  const { credentials, requestId }: Obtained = await obtain(deps, roots)
  deps.log.info({ ...describeIssued(credentials.certificateChain), requestId, why }, 'certificate issued anew')
  return { credentials, changed: true }
}
