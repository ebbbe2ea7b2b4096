import { hash } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { answeredCertificates, violationsOf } from '../../interop/durability/order.ts'
import { parseTrace } from '../../interop/durability/trace.ts'
import { recordConversation, type Conversation } from './tls-conversation.ts'

const wal = '/db/db.sqlite-wal'
const root = aRoot(Date.UTC(2026, 0, 1))
const der = Buffer.from(root.certificate.der)
const fingerprint = hash('sha256', der)

const answer = (status: string, body: object): string => {
  const text = JSON.stringify(body)
  return `HTTP/1.1 ${status}\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

let said: Conversation
let lines: Record<'handshake' | 'refused' | 'header' | 'page' | 'answered', string>

beforeAll(async () => {
  said = await recordConversation([answer('401 Unauthorized', {}), answer('201 Created', { crt: pemOf(root) })])
  const [refused = Buffer.alloc(0), answered = Buffer.alloc(0)] = said.answers
  lines = {
    handshake: sent(said.handshake),
    refused: sent(refused),
    header: logged(Buffer.from(`0000000100000001${'00'.repeat(16)}`, 'hex')),
    page: logged(Buffer.concat([Buffer.alloc(50), der, Buffer.alloc(50)])),
    answered: sent(answered),
  }
})

const quoted = (data: Buffer): string => `"${data.toString('hex').replaceAll(/../g, String.raw`\x$&`)}"`
const sent = (data: Buffer): string =>
  `7 write(43<TCP:[127.0.0.1:443->127.0.0.1:5000]>, ${quoted(data)}, ${data.length}) = ${data.length}`
const logged = (data: Buffer): string => `9 pwrite64(26<${wal}>, ${quoted(data)}, ${data.length}, 32) = ${data.length}`

function judge(...trace: readonly string[]) {
  const answered = answeredCertificates({
    calls: parseTrace([lines.handshake, lines.refused, ...trace]),
    wal,
    secrets: new Map([[5000, said.secret]]),
  })
  return { answered, violations: violationsOf(answered) }
}

it('finds an answer that was written after the sync in order', () => {
  expect(judge(lines.header, lines.page, `9 fsync(26<${wal}>) = 0`, lines.answered)).toEqual({
    answered: [{ fingerprint, written: 5, durable: 4 }],
    violations: [],
  })
})

it('finds an answer that began while the sync was under way', () => {
  const [begin, end] = [`9 fdatasync(26<${wal}> <unfinished ...>`, `9 <... fdatasync resumed>) = 0`]
  const early = { fingerprint, written: 5, durable: 6 }
  expect(judge(lines.header, lines.page, begin, lines.answered, end).violations).toEqual([early])
  expect(judge(lines.header, lines.page, begin, end, lines.answered).violations).toEqual([])
})

it('judges an answer in two writes by the first of them, and by its entry', () => {
  const [, bytes = Buffer.alloc(0)] = said.answers
  const [first, second] = [bytes.subarray(0, 30), bytes.subarray(30)].map(sent)
  const early = first?.replace(/\) = \d+$/, ' <unfinished ...>') ?? ''
  const steps = [
    lines.header,
    lines.page,
    early,
    `9 fsync(26<${wal}>) = 0`,
    '7 <... write resumed>) = 30',
    second ?? '',
  ]
  expect(judge(...steps).violations).toEqual([{ fingerprint, written: 4, durable: 5 }])
})

it('finds an answer whose record was never written or never synced', () => {
  const never = { fingerprint, written: 2, durable: undefined }
  expect(judge(lines.answered).violations).toEqual([never])
  expect(judge(lines.header, lines.page, lines.answered).violations).toEqual([{ ...never, written: 4 }])
})

it('does not count what a full socket did not take', () => {
  const refusedBySocket = lines.answered.replace(/= \d+$/, '= -1 EAGAIN (Resource temporarily unavailable)')
  const { answered } = judge(refusedBySocket, lines.header, lines.page, `9 fsync(26<${wal}>) = 0`, lines.answered)
  expect(answered).toEqual([{ fingerprint, written: 6, durable: 5 }])
})

it('fails on a trace that does not show the whole answer', () => {
  const cut = lines.answered.replace(/(\\x[0-9a-f]{2}){40}"/, '"...')
  const length = said.answers[1]?.length ?? 0
  expect(() => judge(cut)).toThrow(`line 3 shows ${length - 40} of the ${length} bytes of its write`)
})
