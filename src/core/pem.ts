import { toBase64 } from './bytes.ts'
import { SignetError } from './errors.ts'

/** One block of a PEM text (RFC 7468, and RFC 1421 where it has headers). */
export type PemBlock = {
  /** `CERTIFICATE`, `EC PRIVATE KEY` … */
  readonly label: string
  readonly der: Uint8Array
  /** `Proc-Type`, `DEK-Info`; empty in all modern files. */
  readonly headers: Readonly<Record<string, string>>
}

/** A bundle of every root of the web PKI has a quarter of this. */
const maximumLength = 1024 * 1024

/** Characters of base64 (RFC 7468 §2). */
const lineLength = 64
const opening = '-----BEGIN '
const closing = '-----END '
const dashes = '-----'
const labelPattern = /^[A-Z0-9]+(?:[ -][A-Z0-9]+)*$/
const header = /^([A-Za-z0-9-]+): *(.*)$/

/** One block with lines of 64 characters, a newline at the end. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = toBase64(der)
  let text = `-----BEGIN ${label}-----\n`
  for (let at = 0; at < base64.length; at += lineLength) text += `${base64.slice(at, at + lineLength)}\n`
  return `${text}-----END ${label}-----\n`
}

/** Every block in order; text between blocks is skipped. No block gives an empty list; a damaged one is `malformed`. */
export function decodePem(text: string): PemBlock[] {
  if (text.length > maximumLength) throw new SignetError('malformed', 'PEM text is larger than 1 MiB')
  const blocks: PemBlock[] = []
  for (let start = text.indexOf(opening); start >= 0;) {
    const label = labelAt(text, start + opening.length)
    const end = `${closing}${label}${dashes}`
    const bodyStart = start + opening.length + label.length + dashes.length
    const bodyEnd = text.indexOf(closing, bodyStart)
    if (bodyEnd < 0) throw new SignetError('malformed', `PEM block ${label} has no end line`)
    if (!text.startsWith(end, bodyEnd))
      throw new SignetError('malformed', `PEM block ${label} has another label at its end`)
    blocks.push({ label, ...decodeBody(label, text.slice(bodyStart, bodyEnd)) })
    start = text.indexOf(opening, bodyEnd + end.length)
  }
  return blocks
}

/** The contents of every block of this label; `malformed` if there is none. */
export function decodePemBlocks(text: string, label: string): Uint8Array[] {
  const found = decodePem(text).filter((candidate) => candidate.label === label)
  if (found.length === 0) throw new SignetError('malformed', `PEM text holds no ${label} block`)
  return found.map((candidate) => candidate.der)
}

function labelAt(text: string, start: number): string {
  const end = text.indexOf(dashes, start)
  const label = end < 0 ? '' : text.slice(start, end)
  if (label.length > 64 || !labelPattern.test(label))
    throw new SignetError('malformed', 'PEM block has a damaged label')
  return label
}

function decodeBody(label: string, body: string): Omit<PemBlock, 'label'> {
  const text = body.includes('\r') ? body.replaceAll(/\r\n?/g, '\n') : body
  const lines = text.split('\n').map((line) => line.trim())
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  let index = 1
  for (; text.includes(':') && index < lines.length; index++) {
    const match = header.exec(lines[index] ?? '')
    if (match === null) break
    headers[match[1] ?? ''] = match[2] ?? ''
  }
  const encoded = lines.slice(index).join('')
  // A copy of its own: short Buffers are slices of memory that they share.
  const der = new Uint8Array(Buffer.from(encoded, 'base64'))
  if (lines[0] !== '' || toBase64(der) !== encoded) {
    throw new SignetError('malformed', `PEM block ${label} is not valid base64`)
  }
  return { der, headers }
}
