import { expect, it } from 'vitest'
import { createTurns } from '../../../src/http/turns.ts'

const turnOfLoop = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

it('lets those that wait begin in their order, no more than given in one turn of the event loop', async () => {
  const turn = createTurns(2)
  const begun: number[] = []
  const all = Promise.all([1, 2, 3, 4, 5].map((number) => turn().then(() => begun.push(number))))
  const seen: number[] = []
  for (let round = 0; begun.length < 5 && round < 10; round++) {
    await turnOfLoop()
    seen.push(begun.length)
  }
  await all
  expect(begun).toEqual([1, 2, 3, 4, 5])
  expect(seen.map((count, index) => count - (seen[index - 1] ?? 0)).filter((count) => count > 0)).toEqual([2, 2, 1])
})

it('gives turns again after nobody waited', async () => {
  const turn = createTurns(1)
  await turn()
  await turnOfLoop()
  await expect(turn()).resolves.toBeUndefined()
})
