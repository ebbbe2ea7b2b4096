import { FunctionError } from './template-error.ts'
import { GoTime, utc, type Zone } from './values.ts'

/** Go's layouts: what 2 January 2006, 15:04:05 at seven hours west of UTC would look like. */
export const rfc3339 = '2006-01-02T15:04:05Z07:00'
export const rfc3339Nano = '2006-01-02T15:04:05.999999999Z07:00'
/** What a time prints as. */
export const goTimeLayout = '2006-01-02 15:04:05.999999999 -0700 MST'

/** The pieces of a layout that stand for a part of a time. */
export const layoutPieces =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_(?=2006)|_2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,]0+(?!\d)|[.,]9+(?!\d)/g

export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
export const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

export const second = 1_000_000_000n

/** A time from milliseconds since the epoch. */
export function timeOf(milliseconds: number): GoTime {
  return new GoTime(BigInt(Math.trunc(milliseconds)) * 1_000_000n)
}

/** A time from seconds since the epoch. */
export function unixTime(seconds: bigint): GoTime {
  return new GoTime(seconds * second)
}

/** Whole seconds since the epoch, downwards. */
export function unixSeconds({ nanoseconds }: GoTime): bigint {
  const rest = ((nanoseconds % second) + second) % second
  return (nanoseconds - rest) / second
}

/** The time in a layout. */
export function formatTime(time: GoTime, layout: string): string {
  const seconds = unixSeconds(time)
  const nanoseconds = time.nanoseconds - seconds * second
  const date = new Date((Number(seconds) + time.zone.offsetSeconds) * 1000)
  if (Number.isNaN(date.getTime())) throw new FunctionError('time is out of range')
  return layout.replace(layoutPieces, (piece) => formatPiece(piece, date, nanoseconds, time.zone))
}

function formatPiece(piece: string, date: Date, nanoseconds: bigint, zone: Zone): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const hour12 = date.getUTCHours() % 12 || 12
  const month = date.getUTCMonth()
  const year = date.getUTCFullYear()
  const dayOfYear = Math.floor((date.getTime() - utcStart(year)) / 86_400_000) + 1
  const fixed: Readonly<Record<string, string>> = {
    January: months[month] ?? '',
    Jan: (months[month] ?? '').slice(0, 3),
    Monday: days[date.getUTCDay()] ?? '',
    Mon: (days[date.getUTCDay()] ?? '').slice(0, 3),
    MST: zone.name === '' ? formatOffset('-0700', zone) : zone.name,
    '002': String(dayOfYear).padStart(3, '0'),
    __2: String(dayOfYear).padStart(3, ' '),
    '01': two(month + 1),
    '02': two(date.getUTCDate()),
    '03': two(hour12),
    '04': two(date.getUTCMinutes()),
    '05': two(date.getUTCSeconds()),
    '06': two(((year % 100) + 100) % 100),
    '15': two(date.getUTCHours()),
    '1': String(month + 1),
    '2006': year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0'),
    '2': String(date.getUTCDate()),
    _: '_',
    _2: String(date.getUTCDate()).padStart(2, ' '),
    '3': String(hour12),
    '4': String(date.getUTCMinutes()),
    '5': String(date.getUTCSeconds()),
    PM: date.getUTCHours() < 12 ? 'AM' : 'PM',
    pm: date.getUTCHours() < 12 ? 'am' : 'pm',
  }
  const found = fixed[piece]
  if (found !== undefined) return found
  return /^[-Z]/.test(piece) ? formatOffset(piece, zone) : formatFraction(piece, nanoseconds)
}

function utcStart(year: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, 0, 1)
  return date.getTime()
}

function formatOffset(piece: string, { offsetSeconds }: Zone): string {
  if (piece.startsWith('Z') && offsetSeconds === 0) return 'Z'
  const size = Math.abs(offsetSeconds)
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) =>
    String(part).padStart(2, '0'),
  )
  const count = piece.replaceAll(':', '').length === 3 ? 1 : piece.replaceAll(':', '').length === 5 ? 2 : 3
  return (offsetSeconds < 0 ? '-' : '+') + parts.slice(0, count).join(piece.includes(':') ? ':' : '')
}

function formatFraction(piece: string, nanoseconds: bigint): string {
  const digits = nanoseconds
    .toString()
    .padStart(9, '0')
    .slice(0, piece.length - 1)
    .padEnd(piece.length - 1, '0')
  if (piece.charAt(1) === '0') return piece.charAt(0) + digits
  const trimmed = digits.replace(/0+$/, '')
  return trimmed === '' ? '' : piece.charAt(0) + trimmed
}

/**
 * A zone by its name in the IANA database, at a time; undefined where there is none. `Local` is UTC: what a certificate
 * says does not depend on the machine.
 */
export function zoneAt(name: string, nanoseconds: bigint): Zone | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return utc
  try {
    const date = new Date(Number(nanoseconds / 1_000_000n))
    const part = (timeZoneName: 'longOffset' | 'short') =>
      new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName })
        .formatToParts(date)
        .find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?/.exec(part('longOffset')) ?? []
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    return { name: part('short'), offsetSeconds: sign === '-' ? -size : size }
  } catch {
    return undefined
  }
}

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  '\xc2\xb5s': 1000n,
  '\xce\xbcs': 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
}

/** A Go duration such as `-1h30m` in nanoseconds; undefined where it is none. */
export function parseGoDuration(text: string): bigint | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return 0n
  const form = /(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|\xc2\xb5s|\xce\xbcs|ms|s|m|h)/y
  let total = 0n
  let index = 0
  while (index < rest.length) {
    form.lastIndex = index
    const [all, whole = '', fraction = '', unit = ''] = form.exec(rest) ?? []
    const size = units[unit]
    if (all === undefined || size === undefined || whole + fraction === '') return undefined
    const digits = fraction.slice(0, 18)
    total +=
      BigInt(whole === '' ? '0' : whole) * size +
      (BigInt(digits === '' ? '0' : digits) * size) / 10n ** BigInt(digits.length)
    index = form.lastIndex
  }
  if (rest === '' || total > 2n ** 63n - 1n) return undefined
  return sign === '-' ? -total : total
}

/** Nanoseconds as Go's Duration prints: `1h0m0s`, `1.5ms`. */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s'
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const sign = nanoseconds < 0n ? '-' : ''
  const decimal = (value: bigint, unit: bigint) => {
    const digits = (value % unit)
      .toString()
      .padStart(unit.toString().length - 1, '0')
      .replace(/0+$/, '')
    return `${value / unit}${unit === 1n || digits === '' ? '' : `.${digits}`}`
  }
  if (size < 1000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 1000n)}\xc2\xb5s`
  if (size < second) return `${sign}${decimal(size, 1_000_000n)}ms`
  const [hours, minutes] = [size / (3600n * second), (size / (60n * second)) % 60n]
  const seconds = `${decimal(size % (60n * second), second)}s`
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds
}
