import { describe, expect, it } from 'vitest'
import { issueThroughKills } from './durability/kills.ts'
import { violationsOf } from './durability/order.ts'
import { issueTraced } from './durability/traced.ts'

const count = 1000

describe('the order of system calls', () => {
  it('writes no 201 before a sync of the log that covers the record of its certificate has returned', async () => {
    const { held, answered } = await issueTraced('full', count)
    expect(held).toHaveLength(count)
    expect(fingerprints(answered)).toEqual(fingerprints(held))
    const violations = violationsOf(answered)
    // The first few say enough: lines of the trace, to look up.
    expect([violations.length, violations.slice(0, 3)]).toEqual([0, []])
  })

  it('is seen to be broken where nothing is synced', async () => {
    const { held, answered } = await issueTraced('off', count)
    expect(fingerprints(answered)).toEqual(fingerprints(held))
    expect(violationsOf(answered)).toHaveLength(count)
  })
})

it('keeps every certificate that a client holds through 3 kills while it issues', async () => {
  const { held, unanswered } = await issueThroughKills(3)
  expect(held).toBeGreaterThan(100)
  // The kills came in the middle of the work.
  expect(unanswered).toBeGreaterThan(0)
})

const fingerprints = (certificates: readonly { fingerprint: string }[]): string[] =>
  certificates.map(({ fingerprint }) => fingerprint).toSorted()
