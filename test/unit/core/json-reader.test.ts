import { describe, expect, it } from 'vitest'
import { addFault, readJson, readList, readMembers } from '../../../src/core/json-reader.ts'

const strangers = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, 0]))
const readNothing = (value: unknown) => () => readJson(value, 'body', (node) => readMembers(node, [], 'exact'))

describe('faults', () => {
  it('are told once each, in order', () => {
    const read = () =>
      readJson([1, 2], 'list', (node) =>
        readList(node, (item) => {
          addFault(item, 'is odd')
          addFault(item, 'is odd')
          addFault(item, 'is a number')
        }),
      )
    const message = 'list[0] is odd; list[0] is a number; list[1] is odd; list[1] is a number'
    expect(read).toThrow(expect.objectContaining({ code: 'malformed', message, path: 'list[0]' }))
  })

  it('are told up to the hundredth', () => {
    const told = (count: number) => Array.from({ length: count }, (_, at) => `body.m${at} is not known`)
    expect(readNothing(strangers(100))).toThrow(expect.objectContaining({ message: told(100).join('; ') }))
    const message = [...told(100), 'and more is wrong than is told'].join('; ')
    for (const count of [101, 5000]) {
      expect(readNothing(strangers(count))).toThrow(expect.objectContaining({ message }))
    }
  })

  it('cost no more each where there are many, whoever wrote them', () => {
    const seconds = (count: number): number => {
      const read = readNothing(strangers(count))
      const started = process.cpuUsage()
      expect(read).toThrow('and more is wrong than is told')
      return process.cpuUsage(started).user / 1e6
    }
    seconds(1000)
    // As many as a body of 256 KiB has room for. Each compared with all others, they took half a minute.
    expect(seconds(25_000)).toBeLessThan(3)
  })
})
