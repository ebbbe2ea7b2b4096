import { quote } from './quote.ts'
import { FunctionError } from './template-error.ts'
import { days, layoutPieces, months, second, zoneAt } from './time.ts'
import { GoTime, utc, type Zone } from './values.ts'

type Fields = {
  year: number
  month: number
  day: number
  dayOfYear: number
  hour: number
  minute: number
  second: number
  nanoseconds: bigint
  isAfternoon: boolean | undefined
  offset: number | undefined
  zoneName: string
}

/** The time that a text shows in a layout, by default in `zoneName`; FunctionError where it shows none. */
export function parseTime(layout: string, text: string, zoneName = 'UTC'): GoTime {
  const fault = () => new FunctionError(`parsing time ${quote(text)} as ${quote(layout)}: cannot parse`)
  const fields: Fields = {
    year: 0,
    month: 1,
    day: 1,
    dayOfYear: 0,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0n,
    isAfternoon: undefined,
    offset: undefined,
    zoneName: '',
  }
  let rest = text
  let end = 0
  const literal = (expected: string) => {
    // Go takes any number of spaces for spaces.
    if (!rest.startsWith(expected)) throw fault()
    rest = rest.slice(expected.length)
  }
  for (const match of layout.matchAll(layoutPieces)) {
    literal(layout.slice(end, match.index))
    end = match.index + match[0].length
    const taken = readPiece(match[0], rest, fields)
    if (taken === undefined) throw fault()
    rest = rest.slice(taken)
    if (/^0?5$/.test(match[0]) && !/^[.,][09]/.test(layout.slice(end))) rest = rest.slice(readAnyFraction(rest, fields))
  }
  literal(layout.slice(end))
  if (rest !== '') throw fault()
  return toTime(fields, zoneName) ?? raise(fault())
}

function raise(error: Error): never {
  throw error
}

type Read = (rest: string, fields: Fields) => number | undefined

/** How many octets of `rest` are this piece; undefined where they are not. */
function readPiece(piece: string, rest: string, fields: Fields): number | undefined {
  const known = readers[piece]
  if (known !== undefined) return known(rest, fields)
  if (/^[-Z]/.test(piece)) return readOffset(piece, rest, fields)
  if (piece.charAt(1) === '9') return readAnyFraction(rest, fields)
  const digits = new RegExp(`^[.,](\\d{${piece.length - 1}})`).exec(rest)?.[1]
  if (digits === undefined) return undefined
  fields.nanoseconds = BigInt(digits.padEnd(9, '0'))
  return piece.length
}

function number(form: RegExp, least: number, most: number, put: (fields: Fields, value: number) => void): Read {
  return (rest, fields) => {
    const [all, digits] = form.exec(rest) ?? []
    const value = Number(digits)
    if (all === undefined || digits === undefined || value < least || value > most) return undefined
    put(fields, value)
    return all.length
  }
}

function word(
  words: readonly string[],
  length: number | undefined,
  put: (fields: Fields, index: number) => void,
): Read {
  return (rest, fields) => {
    const index = words.findIndex((name) => rest.toLowerCase().startsWith(name.slice(0, length).toLowerCase()))
    if (index < 0) return undefined
    put(fields, index)
    return (words[index] ?? '').slice(0, length).length
  }
}

const oneOrTwo = /^(\d\d?)/
const two = /^(\d\d)/
const setMonth = (fields: Fields, value: number) => (fields.month = value)
const setDay = (fields: Fields, value: number) => (fields.day = value)
const setHour = (fields: Fields, value: number) => (fields.hour = value)
const setMinute = (fields: Fields, value: number) => (fields.minute = value)
const setSecond = (fields: Fields, value: number) => (fields.second = value)
const setDayOfYear = (fields: Fields, value: number) => (fields.dayOfYear = value)
const half = (upper: boolean): Read => {
  return (rest, fields) => {
    const found = rest.slice(0, 2)
    if (found.toLowerCase() !== 'am' && found.toLowerCase() !== 'pm') return undefined
    if ((found === found.toUpperCase()) !== upper) return undefined
    fields.isAfternoon = found.toLowerCase() === 'pm'
    return 2
  }
}

const readers: Readonly<Record<string, Read>> = {
  '2006': number(/^(\d{4})/, 0, 9999, (fields, value) => (fields.year = value)),
  '06': number(two, 0, 99, (fields, value) => (fields.year = value >= 69 ? 1900 + value : 2000 + value)),
  '01': number(two, 1, 12, setMonth),
  '1': number(oneOrTwo, 1, 12, setMonth),
  January: word(months, undefined, (fields, index) => (fields.month = index + 1)),
  Jan: word(months, 3, (fields, index) => (fields.month = index + 1)),
  Monday: word(days, undefined, () => undefined),
  Mon: word(days, 3, () => undefined),
  '02': number(two, 1, 31, setDay),
  '2': number(oneOrTwo, 1, 31, setDay),
  _2: number(/^ ?(\d\d?)/, 1, 31, setDay),
  '002': number(/^(\d{3})/, 1, 366, setDayOfYear),
  __2: number(/^ {0,2}(\d{1,3})/, 1, 366, setDayOfYear),
  '15': number(oneOrTwo, 0, 23, setHour),
  '3': number(oneOrTwo, 0, 12, setHour),
  '03': number(two, 0, 12, setHour),
  '4': number(oneOrTwo, 0, 59, setMinute),
  '04': number(two, 0, 59, setMinute),
  '5': number(oneOrTwo, 0, 59, setSecond),
  '05': number(two, 0, 59, setSecond),
  _: (rest) => (rest.startsWith('_') ? 1 : undefined),
  PM: half(true),
  pm: half(false),
  MST: (rest, fields) => {
    const name = /^(?:UTC|GMT(?:[+-]\d{1,2})?|[A-Z]{3,5}|[+-]\d\d(?:\d\d)?)/.exec(rest)?.[0]
    if (name === undefined) return undefined
    fields.zoneName = name
    return name.length
  },
}

function readAnyFraction(rest: string, fields: Fields): number {
  const [all, digits] = /^[.,](\d+)/.exec(rest) ?? []
  if (all === undefined || digits === undefined) return 0
  fields.nanoseconds = BigInt(digits.slice(0, 9).padEnd(9, '0'))
  return all.length
}

const offsetForms: Readonly<Record<string, RegExp>> = {
  '07': /^([+-])(\d\d)/,
  '0700': /^([+-])(\d\d)(\d\d)/,
  '07:00': /^([+-])(\d\d):(\d\d)/,
  '070000': /^([+-])(\d\d)(\d\d)(\d\d)/,
  '07:00:00': /^([+-])(\d\d):(\d\d):(\d\d)/,
}

function readOffset(piece: string, rest: string, fields: Fields): number | undefined {
  if (piece.startsWith('Z') && rest.startsWith('Z')) {
    fields.offset = 0
    fields.zoneName = 'UTC'
    return 1
  }
  const [all, sign, hours = '0', minutes = '0', seconds = '0'] = offsetForms[piece.slice(1)]?.exec(rest) ?? []
  if (all === undefined || Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  fields.offset = sign === '-' ? -size : size
  return all.length
}

function toTime(fields: Fields, zoneName: string): GoTime | undefined {
  const date = new Date(0)
  if (fields.dayOfYear > 0) date.setUTCFullYear(fields.year, 0, fields.dayOfYear)
  else date.setUTCFullYear(fields.year, fields.month - 1, fields.day)
  // 31 April is 1 May.
  if (fields.dayOfYear === 0 && date.getUTCDate() !== fields.day) return undefined
  const noonish = fields.isAfternoon === undefined ? fields.hour : (fields.hour % 12) + (fields.isAfternoon ? 12 : 0)
  date.setUTCHours(noonish, fields.minute, fields.second)
  const wall = BigInt(date.getTime()) * 1_000_000n + fields.nanoseconds
  const zone = zoneOf(fields, wall, zoneName)
  return new GoTime(wall - BigInt(zone.offsetSeconds) * second, zone)
}

function zoneOf({ offset, zoneName }: Fields, wall: bigint, wanted: string): Zone {
  if (offset !== undefined)
    return offset === 0 && (zoneName === 'UTC' || zoneName === '') ? utc : { name: zoneName, offsetSeconds: offset }
  const usual = zoneAt(wanted, wall) ?? utc
  // The offset holds at the instant, not at what the wall shows: once more, with the first guess taken off.
  const settled = zoneAt(wanted, wall - BigInt(usual.offsetSeconds) * second) ?? utc
  return zoneName === '' || zoneName === settled.name
    ? settled
    : zoneName === 'UTC'
      ? utc
      : { name: zoneName, offsetSeconds: 0 }
}
