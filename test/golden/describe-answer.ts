import type { Json } from '../../src/core/templates/template.ts'
import { seenOf } from '../harness/seen.ts'
import type { WireAnswer } from '../harness/wire-client.ts'
import type { Answer } from './case.ts'
import { describeCertificate, describeCrl, toMinutes } from './describe-certificate.ts'
import type { World } from './world.ts'

/** What an answer is described by. */
export type Described = {
  readonly world: World
  /** When the request was sent, milliseconds. */
  readonly at: number
  /** Certificates that have names: PEM → name. */
  readonly known: ReadonlyMap<string, string>
  /** Of the root, hex. */
  readonly fingerprint: string
}

/** An answer field by field, without serials, times and octets of keys. */
export function describeAnswer(answer: WireAnswer, described: Described): Answer {
  const { status, headers } = seenOf(answer)
  const { octets } = answer
  return {
    status,
    headers: headers.map((header) => describeHeader(header, described)),
    body: describeBody(answer.headers['content-type'] ?? '', octets, described),
  }
}

function describeHeader(header: string, { at }: Described): string {
  const [, time] = /^expires: (.*)$/.exec(header) ?? []
  return time === undefined ? header : `expires: ${toMinutes((Date.parse(time) - at) / 1000)} minutes after the request`
}

function describeBody(type: string, octets: Buffer, described: Described): Json {
  const nameOfSerial = (serial: string): string => describeText(serial, described)
  if (type === 'application/pkix-crl') return describeCrl(octets, nameOfSerial)
  const text = octets.toString('utf8')
  const [, list] = /^-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----\n$/.exec(text) ?? []
  if (list !== undefined) return describeCrl(Buffer.from(list, 'base64'), nameOfSerial)
  if (type === 'application/json' && text !== '') return describeJson(JSON.parse(text) as Json, described)
  return describeText(text, described)
}

function describeJson(value: Json, described: Described): Json {
  if (typeof value === 'string') {
    const known = described.known.get(value)
    if (known !== undefined) return known
    return value.startsWith('-----BEGIN CERTIFICATE')
      ? describeCertificate(value, { at: described.at, nameOfKey: (spki) => described.world.nameOfKey(spki) })
      : describeText(value, described)
  }
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item) => describeJson(item, described))
  const { crt } = value as { readonly crt?: Json }
  // The leaf is also the first of the chain.
  const known = typeof crt === 'string' ? new Map([...described.known, [crt, '(crt)']]) : described.known
  const entries = Object.entries(value).map(([name, member]) => {
    if (ofKeys.has(name)) return [name, 'of its key'] as const
    const shown = describeJson(member, name === 'crt' ? described : { ...described, known })
    // step-ca gives federated roots in any order.
    return [
      name,
      name === 'crts' && Array.isArray(shown)
        ? shown.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)))
        : shown,
    ] as const
  })
  return Object.fromEntries(entries)
}

/** Members of JWKs and provisioners that change with their keys. */
const ofKeys = new Set(['x', 'y', 'roots'])

/** Go's and RFC 3339's. */
const times = [
  /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \+0000 UTC(?: m=[+-][\d.]+)?/g,
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g,
]

/** Names in place of what is known, marks in place of times. */
function describeText(text: string, { world, known, fingerprint }: Described): string {
  let described = text
  for (const [pem, name] of known) described = described.replaceAll(pem, `${name}\n`)
  for (const [name, serial] of world.serials) described = described.replaceAll(serial, `(serial of ${name})`)
  for (const time of times) described = described.replaceAll(time, '(time)')
  return described.replaceAll(fingerprint, '(fingerprint)')
}
