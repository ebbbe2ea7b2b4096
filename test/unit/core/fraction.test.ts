import { expect, it } from 'vitest'
import { fractionOf } from '../../../src/core/fraction.ts'

it('spreads texts over 0 to 1, each at its own place', () => {
  const fractions = Array.from({ length: 1000 }, (_, index) => fractionOf(`pod-${index}`))
  const tenths = fractions.map((fraction) => Math.floor(fraction * 10))
  for (let tenth = 0; tenth < 10; tenth += 1) {
    expect(tenths.filter((one) => one === tenth).length).toBeGreaterThan(50)
  }
  expect(fractionOf('pod-1')).toBe(fractions[1])
})
