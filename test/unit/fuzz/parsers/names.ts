import { formatDuration, parseDuration, parseTimeDuration } from '../../../../src/core/duration.ts'
import { listNames, parseName, typeNames } from '../../../../src/core/names/parse.ts'
import { nameKinds } from '../../../../src/core/names/names.ts'
import { isIdentityOf } from '../../../../src/core/names/spiffe.ts'
import { isSignetError, SignetError } from '../../../../src/core/errors.ts'
import { parseSerial } from '../../../../src/core/x509/serial.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { textGrammar } from '../grammars/text.ts'

/** Words that people write, and that come with every request. */

const units = ['h', 'm', 's', 'ms', 'us', 'µs', 'ns']
const durations = [
  ...units.flatMap((unit) => ['1', '24', '1.5', '-3', '.5', '+7', '0'].map((number) => `${number}${unit}`)),
  '0',
  '1h30m',
  '720h0m0s',
  '1h1m1s1ms1us1ns',
]
const hosts = ['a.example.com', '*.b.c', 'xn--bcher-kva.de', 'bücher.de', 'localhost', 'a-b.c', 'x', 'A.B', 'a.b.']
const addresses = ['10.0.0.1', 'fd00::1', '::ffff:1.2.3.4', '::', '255.255.255.255', '2001:db8::1:2']
const names = [
  ...hosts,
  ...addresses,
  ...hosts.slice(4).flatMap((host) => [`me@${host}`, `https://${host}/x`, `spiffe://${host}/ns/a/sa/b`]),
  ...hosts.slice(4).map((host) => `https://${host}:8443/a/b?c=d#e`),
  ...addresses.map((address) => `ldap://${address.includes(':') ? `[${address}]` : address}/`),
  ...Array.from({ length: 25 }, (_, index) => `n${index}.${'label.'.repeat(index % 20)}test`),
  'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
]
const serials = Array.from({ length: 28 }, (_, index) => 7n ** BigInt(index * 2)).flatMap((serial) => [
  String(serial),
  `0x${serial.toString(16)}`,
])

/** Fails where a second pass gives something else than the first. */
export function sameAgain(first: string, second: string): void {
  if (first !== second) throw new Error(`${first} becomes ${second}`)
}

function readDuration(text: string): void {
  // Go counts whole nanoseconds: what is finer is lost once, and then no more.
  const written = formatDuration(parseDuration(text))
  sameAgain(written, formatDuration(parseDuration(written)))
}

function readName(text: string): void {
  isIdentityOf(text, 'a.b')
  for (const kind of nameKinds) {
    const name = unlessRefused(() => parseName(kind, text))
    if (name !== undefined && !/^[\x21-\x7e]+$/.test(name)) throw new Error(`is taken as ${JSON.stringify(name)}`)
  }
  const [name, ...more] = listNames(typeNames([text]))
  if (name === undefined || more.length > 0) throw new Error('is not one name')
  sameAgain(name.value, parseName(name.kind, name.value))
}

function unlessRefused<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (isSignetError(error, 'malformed')) return undefined
    throw error
  }
}

export const nameParsers: readonly FuzzedParser[] = [
  fuzzed({
    title: 'durations',
    grammar: textGrammar([...units, '0', '9', '.', '-', '+', 'e']),
    seeds: durations,
    parse: readDuration,
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'times or durations',
    grammar: textGrammar([...units, 'T', 'Z', ':', '-', '+', '00', '60']),
    seeds: [...durations, '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.5+01:00', '2024-02-29T23:59:59.999999999-12:00'],
    parse: parseTimeDuration,
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'names',
    grammar: textGrammar([
      '.',
      '*',
      '-',
      '_',
      '@',
      ':',
      '/',
      '?',
      '#',
      '[',
      ']',
      '%',
      'xn--',
      '://',
      '::',
      'a',
      'Z',
      '1',
    ]),
    seeds: names,
    parse: readName,
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'serial numbers',
    grammar: textGrammar(['0x', '0', 'f', 'F', '-', '+', '_', '.']),
    seeds: serials,
    parse(text) {
      const serial = parseSerial(text)
      if (serial !== undefined) sameAgain(serial, parseSerial(serial) ?? 'nothing')
      if (serial === undefined) throw new SignetError('malformed', 'no serial number')
    },
    refusals: ['malformed'],
  }),
]
