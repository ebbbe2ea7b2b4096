import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from './atomic-directory.ts'
import type { Credentials } from './credentials.ts'
import { formatInstant } from '../core/instant.ts'
import { nextWake } from './schedule.ts'
import { parseCertificate } from '../core/x509/certificate.ts'
import { renewalTime } from '../client/schedule.ts'
import type { WorkloadSettings } from './settings.ts'

/** Where the program leaves for the sidecar's shell when it wants to run again: whole seconds since the epoch. */
const wakeFile = '..wake'
/** How many runs in a row have failed; not there after one that did not. */
const failuresFile = '..failures'

/** When these credentials are to be renewed, in milliseconds since the epoch. */
export function renewAt({ certificateChain, issuedAt }: Credentials, podUid: string): number {
  return renewalTime({ issuedAt, notAfter: parseCertificate(certificateChain).notAfter }, podUid)
}

/** Tells the sidecar to run the program again when the credentials are to be renewed, or to look for new roots. */
export function recordWake({ directory, pod }: WorkloadSettings, credentials: Credentials, now: number): void {
  rmSync(join(directory, failuresFile), { force: true })
  writeWake(directory, nextWake(renewAt(credentials, pod.uid), now))
}

/** Counts a run that failed; gives how many have in a row. */
export function recordFailure({ directory }: WorkloadSettings): number {
  const path = join(directory, failuresFile)
  const before = existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : 0
  const failures = (Number.isNaN(before) ? 0 : before) + 1
  writeAtomically(path, `${failures}\n`)
  return failures
}

/** Tells the sidecar to run the program again at this time (milliseconds since the epoch), rounded up to a second. */
export function writeWake(directory: string, at: number): void {
  writeAtomically(join(directory, wakeFile), `${Math.ceil(at / 1000)}\n`)
}

/** What a line of the log says about a certificate. */
export function describeIssued(certificateChain: string): object {
  const { serial, names, notAfter } = parseCertificate(certificateChain)
  return { serial, names: Object.values(names).flat(), notAfter: formatInstant(notAfter) }
}
