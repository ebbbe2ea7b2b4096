import { SignetError } from '../core/errors.ts'
import type { CredentialUse } from './ports.ts'

/**
 * Renderings of a template, or rounds of webhooks, for one credential, which is spent only by the certificate that it brings, in the life of a token
 * of step: more than anybody needs, and not for ever, for whoever wrote the template may mend it.
 */
const mostAttempts = 10
const attemptsMs = 300_000
/** Credentials that are remembered, some 200 octets each; more tokens at a time than one authority issues for. */
const mostCredentials = 4096

/** Counts one more attempt with a verified credential at `now` (milliseconds); fails where there were too many. */
export type CountAttempt = (use: CredentialUse | undefined, now: number) => void

/**
 * A limit for work that a credential has us do before it is spent, or after it was: without it, who has one token could have
 * a template of half a second rendered for as long as the token lasts. A credential for one use has ten attempts in five
 * minutes, one whose uses are limited as many attempts in the same time as uses. Counted in memory: a restart forgets.
 */
export function createAttempts(): CountAttempt {
  const known = new Map<string, { since: number; count: number }>()
  return (use, now) => {
    if (use === undefined) return
    const { id, limit, windowMs } = ruleOf(use)
    const found = known.get(id)
    const attempts = found !== undefined && now - found.since < windowMs ? found : { since: now, count: 0 }
    attempts.count += 1
    known.set(id, attempts)
    const [oldest] = known.keys()
    if (known.size > mostCredentials && oldest !== undefined) known.delete(oldest)
    if (attempts.count > limit) throw tooMany(use, limit, windowMs / 1000)
  }
}

function ruleOf(use: CredentialUse) {
  return use.kind === 'once'
    ? { id: use.id, limit: mostAttempts, windowMs: attemptsMs }
    : { id: use.subject, limit: use.limit, windowMs: use.windowSeconds * 1000 }
}

function tooMany({ kind }: CredentialUse, limit: number, seconds: number): SignetError {
  if (kind === 'once') {
    return new SignetError('unauthorized', `the token was tried more than ${limit} times`, {
      reason: 'TooManyAttempts',
    })
  }
  return new SignetError('unavailable', `more than ${limit} requests within ${seconds} s`, {
    reason: 'TooManyUses',
    retryAfterSeconds: seconds,
  })
}
