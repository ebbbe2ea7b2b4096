import { expect, it } from 'vitest'
import { openTlsStream } from '../../interop/durability/tls.ts'
import { recordConversation } from './tls-conversation.ts'

it('reads what a real server said, past handshake and session tickets', async () => {
  const { secret, handshake, answers } = await recordConversation(['first', 'second'])
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = answers
  const said = openTlsStream(
    [
      { data: handshake, entered: 1 },
      // A record that took two writes belongs to the first of them.
      { data: first.subarray(0, -3), entered: 4 },
      { data: first.subarray(-3), entered: 5 },
      { data: second, entered: 8 },
    ],
    secret,
  )
  expect(said.map(({ data, entered }) => [data.toString(), entered])).toEqual([
    ['first', 4],
    ['second', 8],
  ])
})

it('fails on a record that does not open, rather than passing over an answer', async () => {
  const { secret, handshake, answers } = await recordConversation(['first', 'second', 'third'])
  const [first = Buffer.alloc(0), , third = Buffer.alloc(0)] = answers
  const written = [handshake, first, third].map((data, entered) => ({ data, entered }))
  expect(() => openTlsStream(written, secret)).toThrow('the TLS record of line 3 does not open')
})
