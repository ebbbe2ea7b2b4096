import { expect, it } from 'vitest'
import { parseTrace } from '../../interop/durability/trace.ts'

const parse = (text: string) => parseTrace(text.trim().split('\n'))
const bytes = (...values: readonly number[]) => Buffer.from(values)

it('reads a call of one line, with its descriptor, its bytes and its result', () => {
  expect(parse(String.raw`12 pwrite64(26</db/db.sqlite-wal>, "\x00\xff\x10", 3, 32) = 3`)).toEqual([
    { name: 'pwrite64', target: '/db/db.sqlite-wal', data: bytes(0, 255, 16), entered: 0, returned: 0, result: 3 },
  ])
})

it('puts the entry and the return of an interrupted call where they stand, thread by thread', () => {
  const calls = parse(String.raw`
12 fsync(26</db/db.sqlite-wal> <unfinished ...>
7  write(43<TCP:[127.0.0.1:1->127.0.0.1:2]>, "\x17\x03", 2 <unfinished ...>
12 <... fsync resumed>)                 = 0
7  <... write resumed>)                 = 2
`)
  expect(calls).toEqual([
    { name: 'fsync', target: '/db/db.sqlite-wal', data: bytes(), entered: 0, returned: 2, result: 0 },
    {
      name: 'write',
      target: 'TCP:[127.0.0.1:1->127.0.0.1:2]',
      data: bytes(0x17, 3),
      entered: 1,
      returned: 3,
      result: 2,
    },
  ])
})

it('joins the buffers of a gathered write', () => {
  const line = String.raw`7 writev(3<TCP:[a:1->b:2]>, [{iov_base="\x01\x02", iov_len=2}, {iov_base="\x03", iov_len=1}], 2) = 3`
  expect(parse(line)[0]?.data).toEqual(bytes(1, 2, 3))
})

it('knows a failure, and a call that nobody saw return', () => {
  const calls = parse(`
7 fsync(26</db/db.sqlite-wal>) = -1 EIO (Input/output error)
7 fsync(26</db/db.sqlite-wal>) = ? <unavailable>
7 fsync(26</db/db.sqlite-wal> <unfinished ...>
7 <... fsync resumed>) = ?
8 fsync(26</db/db.sqlite-wal> <unfinished ...>
`)
  expect(calls.map(({ returned, result }) => [returned, result])).toEqual([
    [0, -1],
    [Infinity, undefined],
    [Infinity, undefined],
    [Infinity, undefined],
  ])
})

it('passes over what is no call on a descriptor, and takes text for no bytes', () => {
  const calls = parse(String.raw`
7 write(1</log>, "said \") = 9\"\n", 13) = 13
7 --- SIGTERM {si_signo=SIGTERM} ---
7 <... epoll_wait resumed>[], 8, 3) = 0
7 +++ exited with 0 +++
`)
  expect(calls).toEqual([{ name: 'write', target: '/log', data: bytes(), entered: 0, returned: 0, result: 13 }])
})
