import { X509Certificate, hash } from 'node:crypto'
import { messagesOf, type Piece } from './stream.ts'
import { openTlsStream } from './tls.ts'
import type { Call } from './trace.ts'
import { durableRecords } from './wal.ts'

/** A certificate that went out in a 201; both numbers are lines of the trace. */
export type Answered = {
  /** SHA-256 of its DER. */
  readonly fingerprint: string
  /** Where the call was entered that began to write the answer. */
  readonly written: number
  /** Where a sync returned that covers its record; undefined if none did. */
  readonly durable: number | undefined
}

export type Evidence = {
  readonly calls: readonly Call[]
  /** Path of the write-ahead log. */
  readonly wal: string
  /** The server's TLS application traffic secret of each connection, by the client's port. Others are passed over. */
  readonly secrets: ReadonlyMap<number, Buffer>
}

/** Every certificate that a 201 carried, in the order of the connections. */
export function answeredCertificates({ calls, wal, secrets }: Evidence): Answered[] {
  const durable = durableRecords(calls, wal)
  return [...secrets].flatMap(([port, secret]) =>
    messagesOf(openTlsStream(writtenTo(calls, port), secret), answerLength).flatMap(({ data, entered }) =>
      fingerprintsIn(data.toString()).map((fingerprint) => ({
        fingerprint,
        written: entered,
        durable: durable.get(fingerprint),
      })),
    ),
  )
}

/** Those that were answered before they were durable. */
export const violationsOf = (answered: readonly Answered[]): Answered[] =>
  answered.filter(({ written, durable = Infinity }) => durable >= written)

/** What was written to the client at a port. A call that never returned counts as if it had written all. */
function writtenTo(calls: readonly Call[], port: number): Piece[] {
  return calls
    .filter(({ target }) => target.startsWith('TCP') && target.endsWith(`:${port}]`))
    .map(({ name, data, result = data.length, entered }) => {
      if (result > data.length) {
        throw new Error(`line ${entered + 1} shows ${data.length} of the ${result} bytes of its ${name}`)
      }
      return { data: data.subarray(0, Math.max(result, 0)), entered }
    })
}

const headEnd = '\r\n\r\n'

function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return undefined
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(bytes.toString('latin1', 0, end)) ?? []
  if (length === undefined) throw new Error('an answer has no content-length')
  return end + headEnd.length + Number(length)
}

/** The certificate of an answer of /sign with status 201; none in any other. */
function fingerprintsIn(answer: string): string[] {
  if (!answer.startsWith('HTTP/1.1 201 ')) return []
  const { crt } = JSON.parse(answer.slice(answer.indexOf(headEnd))) as { crt: string }
  return [hash('sha256', new X509Certificate(crt).raw)]
}
