import { toHex, toLatin1 } from '../../bytes.ts'
import { DerReader, type DerElement } from '../../der/reader.ts'
import { contextConstructed, contextPrimitive, tags } from '../../der/tags.ts'
import { textOf } from '../../der/values.ts'
import { formatIpAddress } from '../../names/ip-address.ts'
import { line } from './lines.ts'

/** Names as they were written, by kind and in order. */
export type WrittenNames = {
  readonly dns: readonly string[]
  readonly emails: readonly string[]
  readonly ips: readonly string[]
  readonly uris: readonly string[]
  /** Names of other kinds. */
  readonly others: readonly DerElement[]
}

const what = 'subject alternative names'

/** Reads the value of the extension without bringing names into normal form. */
export function readWrittenNames(value: Uint8Array): WrittenNames {
  const reader = new DerReader(value, what).sequence(what)
  const elements: DerElement[] = []
  while (!reader.atEnd) elements.push(reader.any(what))
  const of = (number: number): Uint8Array[] =>
    elements.filter(({ tag }) => tag === contextPrimitive(number)).map(({ content }) => content)
  return {
    dns: of(2).map(toLatin1),
    emails: of(1).map(toLatin1),
    ips: of(7).map((octets) => formatIpAddress(octets) ?? ''),
    uris: of(6).map(toLatin1),
    others: elements.filter(({ tag }) => (tag & 0x20) !== 0 || tag === contextPrimitive(8)),
  }
}

/** The lines below the heading of the extension. */
export function altNamesText(value: Uint8Array): string {
  const { dns, emails, ips, uris, others } = readWrittenNames(value)
  const row = (label: string, names: readonly string[]): string =>
    names.length === 0 ? '' : line(16, names.map((name) => `${label}:${name}`).join(', '))
  return (
    row('DNS', dns) + row('email', emails) + row('IP Address', ips) + row('URI', uris) + others.map(otherText).join('')
  )
}

type OtherForm = (value: DerReader) => string

/** otherName by its type. */
const otherForms: Readonly<Record<string, OtherForm>> = {
  '1.3.6.1.5.5.7.8.3': (value) => {
    const parts = value.sequence(what)
    const text = parts.nextIs(tags.utf8String) ? stringOf(parts) : ''
    const assigner = parts.nextIs(tags.oid) ? `, Assigner: ${parts.oid(what)}` : ''
    return line(16, `${text === '' ? '' : `Permanent Identifier: ${text}`}${assigner}`)
  },
  '1.3.6.1.5.5.7.8.4': (value) => {
    const parts = value.sequence(what)
    const type = parts.oid(what)
    const serial = toLatin1(parts.any(what).content)
    return line(16, `Hardware Module Name: Type: ${type}, Serial Number: ${serial}`)
  },
  '1.3.6.1.4.1.311.20.2.3': (value) => line(16, `UPN: ${stringOf(value)}`),
  '1.3.6.1.4.1.57264.1.7': (value) => line(16, `Sigstore Identity: ${stringOf(value)}`),
}

function otherText({ tag, content }: DerElement): string {
  if (tag !== contextConstructed(0)) return ''
  const parts = new DerReader(content, what)
  const type = parts.oid(what)
  const { content: value } = parts.element(contextConstructed(0), what)
  try {
    const form = otherForms[type]
    if (form !== undefined) return form(new DerReader(value, what))
  } catch {
    // Not what its type announces: printed as one that nobody knows.
  }
  return line(16, `OtherName: Type: ${type}, Value: 0x${toHex(value)}`)
}

function stringOf(reader: DerReader): string {
  const { tag, content } = reader.any(what)
  const text = textOf(tag, content)
  if (text === undefined) throw reader.fault(what, 'not a text')
  return text
}
