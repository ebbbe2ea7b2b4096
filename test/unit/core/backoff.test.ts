import { expect, it } from 'vitest'
import { delayAfter } from '../../../src/core/backoff.ts'

it('doubles the delay up to the longest, however often it failed', () => {
  const backoff = { firstMs: 500, longestMs: 8000 }
  expect([1, 2, 3, 4, 5, 6, 5000].map((failures) => delayAfter(backoff, failures))).toEqual([
    500, 1000, 2000, 4000, 8000, 8000, 8000,
  ])
})
