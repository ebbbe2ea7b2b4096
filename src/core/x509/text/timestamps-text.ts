import { toBase64 } from '../../bytes.ts'
import { SignetError } from '../../errors.ts'
import { DerReader } from '../../der/reader.ts'
import { formatMoment, line, octetRows } from './lines.ts'

/** A signed certificate timestamp (RFC 6962 §3.2). */
export type SignedTimestamp = {
  readonly version: number
  readonly logId: Uint8Array
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  /** Of TLS 1.2 (RFC 5246 §7.4.1.4.1). */
  readonly hash: number
  readonly signer: number
  readonly signature: Uint8Array
}

const what = 'signed certificate timestamps'
const hashes = ['None', 'MD5', 'SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']
const signers = ['Anonymous', 'RSA', 'DSA', 'ECDSA']

/** Reads the value of the extension: an OCTET STRING with a list in the presentation language of TLS. */
export function readTimestamps(value: Uint8Array): SignedTimestamp[] {
  const list = new DerReader(value, what).octetString(what)
  const timestamps: SignedTimestamp[] = []
  for (let at = 2; at < list.length;) {
    const length = number(list, at, 2)
    timestamps.push(readTimestamp(list.subarray(at + 2, at + 2 + length)))
    at += 2 + length
  }
  return timestamps
}

function readTimestamp(octets: Uint8Array): SignedTimestamp {
  // version, log id, time, extensions.
  const signed = 1 + 32 + 8 + 2 + number(octets, 41, 2)
  return {
    version: number(octets, 0, 1),
    logId: octets.subarray(1, 33),
    timestamp: number(octets, 33, 8),
    hash: number(octets, signed, 1),
    signer: number(octets, signed + 1, 1),
    signature: octets.subarray(signed + 4, signed + 4 + number(octets, signed + 2, 2)),
  }
}

function number(octets: Uint8Array, at: number, length: number): number {
  if (at + length > octets.length) throw new SignetError('malformed', `certificate: ${what}: truncated`)
  return octets.subarray(at, at + length).reduce((sum, octet) => sum * 256 + octet, 0)
}

export function timestampsText(value: Uint8Array): string {
  return readTimestamps(value)
    .map(({ version, logId, timestamp, hash, signer, signature }, index) => {
      const name = `${hashes[hash] ?? 'unknown'}-${signers[signer] ?? 'unknown'}`
      return (
        line(16, `SCT [${index}]:`) +
        line(20, `Version: V${version + 1} (0x${version.toString(16)})`) +
        line(20, `LogID: ${toBase64(logId)}`) +
        line(20, `Timestamp: ${formatMoment(timestamp, true)}`) +
        `${' '.repeat(20)}Signature Algorithm: ${name}${octetRows(signature, 22, 18)}`
      )
    })
    .join('')
}
