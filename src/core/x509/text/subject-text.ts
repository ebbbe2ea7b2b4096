import { SignetError } from '../../errors.ts'
import { octetsOf } from '../../bytes.ts'
import type { Name } from '../name.ts'
import { readPublicKey, type PublicKeyFacts } from '../public-key.ts'
import { line, octetRows } from './lines.ts'

const attributeLabels: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
}

/** `C=CH,O=Shop,CN=web.test` in the order of the encoding. */
export function nameText({ attributes }: Name): string {
  return attributes
    .map(({ oid, value }) => {
      const label = attributeLabels[oid]
      return label === undefined ? `UnknownOID=${oid}` : `${label}=${value ?? ''}`
    })
    .join(',')
}

/** Subject and public key, of a certificate or a request. `malformed` for a kind of key that `step` does not print either. */
export function subjectText(subject: Name, spki: Uint8Array): string {
  const name = nameText(subject)
  return (
    line(8, name === '' ? 'Subject:' : `Subject: ${name}`) +
    line(8, 'Subject Public Key Info:') +
    keyText(readPublicKey(spki))
  )
}

function keyText(key: PublicKeyFacts): string {
  const algorithm = (name: string): string => line(12, `Public Key Algorithm: ${name}`)
  const bits = (count: number): string => `${' '.repeat(16)}Public-Key: (${count} bit)`
  if (key.kind === 'RSA') {
    const exponent = `Exponent: ${key.exponent} (0x${key.exponent.toString(16)})`
    return `${algorithm('RSA')}${bits(key.bits)}\n${number('Modulus', octetsOf(key.modulus))}${line(16, exponent)}`
  }
  // certinfo counts octets.
  if (key.kind === 'Ed25519') return algorithm('Ed25519') + bits(key.key.length) + octetRows(key.key, 20, 15)
  if (key.kind !== 'EC') throw new SignetError('malformed', 'the public key is of a kind that is not printed')
  const { x, y } = coordinatesOf(key)
  const curve = line(16, `Curve: ${key.curve}`)
  return `${algorithm('ECDSA')}${bits(Number(key.curve.slice(2)))}\n${number('X', x)}${number('Y', y)}${curve}`
}

function number(label: string, octets: Uint8Array): string {
  return `${' '.repeat(16)}${label}:${octetRows(octets, 20, 15)}`
}

/** Both coordinates of an uncompressed point, without zeros in front. */
export function coordinatesOf({ point }: PublicKeyFacts & { kind: 'EC' }): { x: Uint8Array; y: Uint8Array } {
  const half = (point.length - 1) / 2
  if (point[0] !== 4 || !Number.isInteger(half))
    throw new SignetError('malformed', 'the public key is no uncompressed point')
  return { x: withoutZeros(point.subarray(1, 1 + half)), y: withoutZeros(point.subarray(1 + half)) }
}

function withoutZeros(octets: Uint8Array): Uint8Array {
  const start = octets.findIndex((octet) => octet !== 0)
  return start < 0 ? new Uint8Array() : octets.subarray(start)
}
