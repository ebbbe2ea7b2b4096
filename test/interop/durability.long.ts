import { expect, it } from 'vitest'
import { issueThroughKills } from './durability/kills.ts'

it('keeps every certificate that a client holds through 20 kills while it issues', async () => {
  const run = await issueThroughKills(20)
  console.log(`${run.held} held, ${run.unanswered} stored without an answer`)
  expect(run.held).toBeGreaterThan(1500)
  // The kills came in the middle of the work.
  expect(run.unanswered).toBeGreaterThan(0)
})
