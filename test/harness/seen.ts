import type { WireAnswer } from './wire-client.ts'

/** Belong to the moment or the connection, not to the answer; Go sends longer bodies in chunks. */
const passingHeaders = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'])
const freshId = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What a client sees of an answer. */
export type Seen = {
  readonly status: number
  /** In the order of their names. */
  readonly headers: readonly string[]
  readonly body: string
}

export function seenOf({ status, headers, body }: WireAnswer): Seen {
  const kept = Object.entries(headers)
    .filter(([name]) => !passingHeaders.has(name))
    .map(([name, value]) => `${name}: ${String(value).replace(freshId, 'new')}`)
  return { status, headers: kept.toSorted(), body }
}
