import type { CaClient } from '../client/ca-client.ts'
import type { Clock } from '../core/clock.ts'
import type { Credentials } from './credentials.ts'
import { enrol } from '../client/enrol.ts'
import type { ErrorCode, SignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { WorkloadSettings } from './settings.ts'

/** What bootstrap and renew need from the world. */
export type WorkloadDeps = {
  readonly settings: WorkloadSettings
  readonly clock: Clock
  readonly log: Log
  /** A client of the authority that trusts these roots (PEM) only. */
  readonly connect: (roots: string) => CaClient
  /** The projected token as it is now: the kubelet replaces it. */
  readonly readToken: () => string
}

/** New credentials with a new key, and the id under which the authority logged the request. */
export type Obtained = { readonly credentials: Credentials; readonly requestId: string | undefined }

/** Failures that pass by themselves. Any other answer is a refusal, which the pod's owner has to see. */
const passing: ReadonlySet<ErrorCode> = new Set(['unavailable', 'conflict', 'internal'])

/** Does this failure pass by itself? */
export function isPassing({ code }: SignetError): boolean {
  return passing.has(code)
}

/** Proves the pod by its token and gets a certificate for its wish. `roots` (PEM) are trusted for this. */
export async function obtain({ settings, clock, connect, readToken }: WorkloadDeps, roots: string): Promise<Obtained> {
  const client = connect(roots)
  try {
    const current = await refreshRoots(client)
    const issuedAt = clock.now()
    const { certificateChain, privateKey, requestId } = await enrol({
      client,
      token: readToken(),
      request: settings.request,
      podIPs: settings.pod.ips,
    })
    return { credentials: { certificateChain, privateKey, roots: current, issuedAt }, requestId }
  } finally {
    client.close()
  }
}

/** The active roots (PEM), told over a connection that the roots known until now have verified. */
export async function refreshRoots(client: Pick<CaClient, 'roots'>): Promise<string> {
  const roots = await client.roots()
  return roots.map((root) => `${root.trim()}\n`).join('')
}
