import { afterEach, describe, expect, it, vi } from 'vitest'
import { probeReplica } from '../../../src/app/operator-process/replica-probe.ts'

afterEach(() => vi.unstubAllGlobals())

/** What is made of a replica that answers this at `/status`. */
function probed(answer: unknown) {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answer)))
  return probeReplica('10.0.0.1')
}

describe('the status of a replica', () => {
  it.each([
    { answer: { generation: 'a' }, status: { generation: 'a' } },
    {
      answer: { generation: 'a', refused: { generation: 'b', message: 'no' } },
      status: { generation: 'a', refused: { generation: 'b', message: 'no' } },
    },
    {
      answer: { generation: 'a', refused: { message: 'no' } },
      status: { generation: 'a', refused: { message: 'no' } },
    },
    { answer: { generation: 'a', refused: { generation: 'b' } }, status: { generation: 'a' } },
    { answer: { generation: 'a', refused: null }, status: { generation: 'a' } },
    { answer: { refused: { message: 'no' } }, status: undefined },
    { answer: null, status: undefined },
  ])('is $status for $answer', async ({ answer, status }) => {
    expect(await probed(answer)).toEqual(status)
  })

  it('has a message that is cut and still well-formed', async () => {
    const message = `${'x'.repeat(1023)}😀`
    expect(await probed({ generation: 'a', refused: { message } })).toEqual({
      generation: 'a',
      refused: { message: `${'x'.repeat(1023)}\ufffd` },
    })
  })
})
