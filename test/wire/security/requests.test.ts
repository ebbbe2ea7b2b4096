import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAuthority, type RunningAuthority } from '../../harness/running-authority.ts'
import { agentFor, send } from '../../harness/wire-client.ts'

/** Attacks with requests by name, over raw sockets: what no client sends. */

let ca: RunningAuthority
let slowBody: Promise<Conversation>
let slowHeaders: Promise<Conversation>

beforeAll(async () => {
  ca = await startAuthority()
  // They take as long as the server lets them; the other tests run meanwhile.
  slowBody = converse('POST /1.0/sign HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{', { trickle: ' ' })
  slowHeaders = converse('GET /health HTTP/1.1\r\nHost: a\r\nX-', { trickle: 'a' })
})
afterAll(() => ca.stop())

type Conversation = {
  /** Status lines, in order. */
  readonly answers: readonly string[]
  readonly text: string
  /** Milliseconds until the server ended the connection. */
  readonly lasted: number
}

/** Sends this and waits until the server hangs up; `trickle` goes on, an octet a second, for as long as it does not. */
function converse(request: string, { trickle = '' } = {}): Promise<Conversation> {
  const started = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ port: ca.runtime.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      socket.write(Buffer.from(request, 'latin1'))
    })
    const timer = setInterval(() => trickle !== '' && socket.writable && socket.write(trickle), 1000)
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
    // A connection that is reset says no more than one that is closed.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve({ answers: text.match(/HTTP\/1\.1 \d+ [^\r]*/g) ?? [], text, lasted: performance.now() - started })
    })
  })
}

const hidden = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'
const post = (...headers: readonly string[]): string =>
  `POST /1.0/sign HTTP/1.1\r\nHost: a\r\n${headers.join('\r\n')}\r\n\r\n`

describe('header smuggling: nothing behind the request is taken for another one', () => {
  it.each([
    [
      'Content-Length and Transfer-Encoding',
      `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
    ],
    [
      'Transfer-Encoding and Content-Length',
      `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n${hidden}`,
    ],
    ['two Content-Lengths', `${post('Content-Length: 0', `Content-Length: ${hidden.length}`)}${hidden}`],
    ['two equal Content-Lengths', `${post('Content-Length: 0', 'Content-Length: 0')}${hidden}`],
    ['a list as Content-Length', `${post('Content-Length: 0, 0')}${hidden}`],
    ['a sign in Content-Length', `${post('Content-Length: +0')}${hidden}`],
    ['a hexadecimal Content-Length', `${post('Content-Length: 0x0')}${hidden}`],
    ['a Content-Length beyond numbers', `${post('Content-Length: 99999999999999999999')}${hidden}`],
    ['obs-fold', `${post('X-A: b', ' Content-Length: 0')}${hidden}`],
    ['a blank before the colon', `${post('Content-Length : 0')}${hidden}`],
    ['no name before the colon', `${post(': 0')}${hidden}`],
    ['a zero octet', `${post('X-A: b\u0000c')}${hidden}`],
    ['a bare CR', `${post('X-A: b\rContent-Length: 0')}${hidden}`],
    ['an unknown Transfer-Encoding last', `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden}`],
    ['a Transfer-Encoding of other letters', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`],
    ['a chunk length that is none', `${post('Transfer-Encoding: chunked')}x\r\n${hidden}`],
    ['a signed chunk length', `${post('Transfer-Encoding: chunked')}-1\r\n${hidden}`],
    ['a chunk longer than it says', `${post('Transfer-Encoding: chunked')}1\r\nabc\r\n0\r\n\r\n${hidden}`],
    ['no host', `GET /health HTTP/1.1\r\n\r\n${hidden}`],
    ['HTTP/0.9', `GET /health\r\n${hidden}`],
  ])('%s', async (_, request) => {
    const { answers } = await converse(request)
    expect(answers).toEqual(['HTTP/1.1 400 Bad Request'])
  })

  it('headers beyond 16 KiB', async () => {
    const { answers } = await converse(`GET /health HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n${hidden}`)
    expect(answers).toEqual(['HTTP/1.1 431 Request Header Fields Too Large'])
  })
})

describe('path tricks: only the paths that there are lead anywhere', () => {
  const tricks = [
    '/1.0/../health',
    '/./health',
    '/1.0/./health',
    '/%2e%2e/health',
    '/1.0/%2e%2e/health',
    '/1.0%2Fhealth',
    '/%2Fhealth',
    '//health',
    '/1.0//health',
    '/1.0/1.0/health',
    '/1.0/2.0/health',
    '/health/',
    '/health/.',
    '/health%00',
    '/health%20',
    '/health;a=b',
    '/HEALTH',
    '/hea%6Ch',
    '/1%2E0/health',
    '/1.0\\health',
    '/root/a/../../health',
    '/crl/../health',
  ]

  it.each(tricks)('%s', async (path) => {
    const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const { answers, text } = await converse(request)
    expect([answers, text.split('\r\n\r\n')[1]]).toEqual([['HTTP/1.1 404 Not Found'], '404 page not found\n'])
  })
})

it('a path that is none', async () => {
  const { answers } = await converse('GET \\health HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(answers).toEqual(['HTTP/1.1 400 Bad Request'])
})

describe('oversized body', () => {
  const message = 'The request could not be completed: request body is longer than 262144 bytes.'

  it.each(['/1.0/sign', '/1.0/revoke'])('%s answers 400 to one octet too many', async (path) => {
    const agent = agentFor(ca.folder)
    const answer = await send(agent, `${ca.url}${path}`, { body: ' '.repeat(262_145) })
    agent.destroy()
    expect([answer.status, answer.body]).toEqual([400, `${JSON.stringify({ status: 400, message })}\n`])
  })

  it('that goes on is cut off', async () => {
    const { answers } = await converse(`${post('Content-Length: 20000000')}${' '.repeat(9_000_000)}`)
    expect(answers).toEqual([])
  })
})

describe('slow requests are ended after 15 s, looked at every 5 s', () => {
  it.each([
    ['slow body', () => slowBody],
    ['slow headers', () => slowHeaders],
  ])('%s', { timeout: 40_000 }, async (_, conversation) => {
    const { answers, lasted } = await conversation()
    expect(answers).toEqual(['HTTP/1.1 408 Request Timeout'])
    expect(lasted).toBeGreaterThan(14_000)
  })

  it('and the others have gone on', async () => {
    const { answers } = await converse('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(answers).toEqual(['HTTP/1.1 200 OK'])
  })
})
