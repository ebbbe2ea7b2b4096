import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'

/** A load of reviews on one webhook, as the API server would send them. */
export type ReviewLoad = {
  readonly address: string
  /** Name that the webhook's certificate must have. */
  readonly host: string
  /** PEM. */
  readonly roots: string
  /** Bodies, sent in turn. */
  readonly bodies: readonly string[]
  readonly count: number
  readonly perSecond: number
}

export type ReviewResult = {
  /** Of each review from its first byte to the end of its answer, in milliseconds. */
  readonly latencies: readonly number[]
  /** Answers that were not 200. */
  readonly wrong: number
}

/**
 * Sends the load from a process and session of its own: in this one the client would wait for a processor behind whatever
 * makes the other load, and its waiting would be measured as the webhook's.
 */
export async function sendReviews(load: ReviewLoad): Promise<ReviewResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'send-reviews.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  child.stdin.end(JSON.stringify(load))
  const said = await text(child.stdout)
  const code = await ended
  if (code !== 0) throw new Error(`the load of reviews ended with ${code}`)
  return JSON.parse(said) as ReviewResult
}
