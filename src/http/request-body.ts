import type { IncomingMessage } from 'node:http'
import { SignetError } from '../core/errors.ts'

/** A CSR with 1,000 names and a projected token together have 70 KiB. */
export const maxBodyBytes = 256 * 1024
/** What is still read, and thrown away, so that a sender gets the answer instead of a broken connection. */
const maxDrainBytes = 8 * 1024 * 1024

/** The body of a request as text; as `readOctets` otherwise. */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readOctets(request)).toString('utf8')
}

/**
 * The body of a request. `malformed` if it is longer than `maxBodyBytes`: the rest is read and dropped first,
 * because most clients look for an answer only when they have sent everything.
 */
export function readOctets(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= maxBodyBytes) chunks.push(chunk)
      else if (length > maxDrainBytes) request.destroy()
    })
    request.on('end', () => {
      if (length > maxBodyBytes) reject(tooLong())
      else resolve((chunks.length === 1 ? chunks[0] : undefined) ?? Buffer.concat(chunks))
    })
    // An error or an early close: there is nobody left to answer.
    request.on('close', () => {
      if (!request.complete) reject(new SignetError('malformed', 'the request was not sent to its end'))
    })
  })
}

function tooLong(): SignetError {
  return new SignetError('malformed', `request body is longer than ${maxBodyBytes} bytes`, { reason: 'BadRequest' })
}
