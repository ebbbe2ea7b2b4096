import { createDecipheriv, createHmac } from 'node:crypto'
import { messagesOf, type Piece } from './stream.ts'

/** The one cipher suite that is read here: a client has to offer no other. */
export const cipherSuite = 'TLS_AES_128_GCM_SHA256'

const headerLength = 5
const tagLength = 16
/** RFC 8446 B.1: on the wire, every protected record has this type. */
const applicationData = 23

/**
 * What one side of a TLS 1.3 connection said, from what it wrote on its socket and its application traffic secret. What
 * precedes it, the handshake, is passed over. Throws on a record that this secret did not protect.
 */
export function openTlsStream(written: Iterable<Piece>, secret: Buffer): Piece[] {
  const key = expand(secret, 'key', 16)
  const iv = expand(secret, 'iv', 12)
  const said: Piece[] = []
  let sequence = 0
  for (const { data, entered } of messagesOf(written, recordLength)) {
    if (data[0] !== applicationData) continue
    const inner = open(data, key, nonceOf(iv, sequence))
    // Handshake messages are protected by another secret, and come first.
    if (inner === undefined && sequence === 0) continue
    if (inner === undefined) throw new Error(`the TLS record of line ${entered + 1} does not open`)
    sequence++
    if (inner.type === applicationData) said.push({ data: inner.data, entered })
  }
  return said
}

const recordLength = (bytes: Buffer): number | undefined =>
  bytes.length < headerLength ? undefined : headerLength + bytes.readUInt16BE(3)

/** HKDF-Expand-Label with an empty context, for at most one hash (RFC 8446 7.1). */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = `tls13 ${label}`
  const info = Buffer.from([0, length, name.length, ...Buffer.from(name), 0, 1])
  return createHmac('sha256', secret).update(info).digest().subarray(0, length)
}

/** RFC 8446 5.3. */
function nonceOf(iv: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(iv)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8)
  return nonce
}

/** The record's real type and contents, or undefined if it was not made with this key and nonce. */
function open(
  record: Buffer,
  key: Buffer,
  nonce: Buffer,
): { readonly type: number; readonly data: Buffer } | undefined {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAAD(record.subarray(0, headerLength))
  decipher.setAuthTag(record.subarray(-tagLength))
  const plain = decipher.update(record.subarray(headerLength, -tagLength))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  // The type is the last byte that is not padding.
  let end = plain.length - 1
  while (end > 0 && plain[end] === 0) end--
  return { type: plain[end] ?? 0, data: plain.subarray(0, end) }
}
