import { row, text, time, type FunctionContext, type TemplateFunction } from '../engine/functions-api.ts'
import { parseTime } from '../engine/parse-time.ts'
import { FunctionError } from '../engine/template-error.ts'
import {
  formatGoDuration,
  formatTime,
  parseGoDuration,
  rfc3339,
  rfc3339Nano,
  second,
  timeOf,
  unixSeconds,
  unixTime,
  zoneAt,
} from '../engine/time.ts'
import { GoInt, GoTime, utc, zeroTime, type Value } from '../engine/values.ts'

const local = 'the local zone is UTC, and the time is that of the request, without a monotonic reading'
const zones = 'the local zone is UTC; zones come from ICU, which abbreviates few of them'

/** Times and durations, of sprig and of step. */
export const dateFunctions: readonly TemplateFunction[] = [
  row('now', '', (_, context) => timeOf(context.now), local),
  row(
    'ago',
    'any',
    ([value], context) => formatGoDuration(roundToSecond(since(timeFrom(value, context), context))),
    local,
  ),
  row('date', 'string any', ([layout, value], context) => inZone(text(layout), timeFrom(value, context), 'UTC'), local),
  row('date_in_zone', 'string any string', dateInZone, zones),
  row('dateInZone', 'string any string', dateInZone, zones),
  row('htmlDate', 'any', ([value], context) => inZone('2006-01-02', timeFrom(value, context), 'UTC'), local),
  row(
    'htmlDateInZone',
    'any string',
    ([value, zone], context) => inZone('2006-01-02', timeFrom(value, context), text(zone)),
    zones,
  ),
  row('date_modify', 'string time', ([change, date]) => shifted(date, parseGoDuration(text(change)) ?? 0n)),
  row('dateModify', 'string time', ([change, date]) => shifted(date, parseGoDuration(text(change)) ?? 0n)),
  row('must_date_modify', 'string time', ([change, date]) => shifted(date, needDuration(text(change)))),
  row('mustDateModify', 'string time', ([change, date]) => shifted(date, needDuration(text(change)))),
  row('toDate', 'string string', ([layout, value]) => parsedOrZero(text(layout), text(value), 'UTC'), local),
  row('mustToDate', 'string string', ([layout, value]) => parseTime(text(layout), text(value)), local),
  row('unixEpoch', 'time', ([date]) => String(unixSeconds(time(date)))),
  row('duration', 'any', ([value]) => formatGoDuration(BigInt.asIntN(64, secondsFrom(value) * second))),
  row('durationRound', 'any', ([value], context) => roundDuration(value, context)),
  row('toTime', 'any', ([value], context) => stepTime(value, context)),
  row('formatTime', 'any', ([value], context) => formatTime(stepTime(value, context), rfc3339)),
  row('parseTime', 'string...', (args, context) => {
    try {
      return parseArguments(args, context)
    } catch (error) {
      if (error instanceof FunctionError) return zeroTime
      throw error
    }
  }),
  row('mustParseTime', 'string...', parseArguments),
  row('toTimeLayout', 'string', ([name]) => layoutOf(text(name))),
]

/** A time, or seconds since the epoch as an integer; now for anything else. */
function timeFrom(value: Value, { now }: FunctionContext): GoTime {
  if (value instanceof GoTime) return value
  return value instanceof GoInt && ['int', 'int32', 'int64'].includes(value.type) ? unixTime(value.value) : timeOf(now)
}

/** step's also takes the numbers of JSON. */
function stepTime(value: Value, context: FunctionContext): GoTime {
  const { nanoseconds } = typeof value === 'number' ? unixTime(BigInt(Math.trunc(value))) : timeFrom(value, context)
  return new GoTime(nanoseconds, utc)
}

function inZone(layout: string, { nanoseconds }: GoTime, zone: string): string {
  return formatTime(new GoTime(nanoseconds, zoneAt(zone, nanoseconds) ?? utc), layout)
}

function dateInZone([layout, value, zone]: readonly Value[], context: FunctionContext): string {
  return inZone(text(layout), timeFrom(value, context), text(zone))
}

function shifted(date: Value, nanoseconds: bigint): GoTime {
  return new GoTime(time(date).nanoseconds + nanoseconds, time(date).zone)
}

function needDuration(duration: string): bigint {
  const parsed = parseGoDuration(duration)
  if (parsed === undefined) throw new FunctionError(`time: invalid duration "${duration}"`)
  return parsed
}

function parsedOrZero(layout: string, value: string, zone: string): GoTime {
  try {
    return parseTime(layout, value, zone)
  } catch (error) {
    if (error instanceof FunctionError) return zeroTime
    throw error
  }
}

function since({ nanoseconds }: GoTime, { now }: FunctionContext): bigint {
  return timeOf(now).nanoseconds - nanoseconds
}

function roundToSecond(nanoseconds: bigint): bigint {
  const half = second / 2n
  return ((nanoseconds < 0n ? nanoseconds - half : nanoseconds + half) / second) * second
}

function secondsFrom(value: Value): bigint {
  if (value instanceof GoInt && value.type === 'int64') return value.value
  return typeof value === 'string' && /^[+-]?\d{1,18}$/.test(value) ? BigInt(value.replace('+', '')) : 0n
}

const spans: readonly (readonly [string, bigint])[] = [
  ['y', 365n * 86_400n * second],
  ['mo', 30n * 86_400n * second],
  ['d', 86_400n * second],
  ['h', 3600n * second],
  ['m', 60n * second],
  ['s', second],
]

function roundDuration(value: Value, context: FunctionContext): string {
  const nanoseconds =
    typeof value === 'string'
      ? (parseGoDuration(value) ?? 0n)
      : value instanceof GoTime
        ? since(value, context)
        : value instanceof GoInt && value.type === 'int64'
          ? value.value
          : 0n
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const span = spans.find(([, length]) => size > length)
  return span === undefined ? '0s' : `${size / span[1]}${span[0]}`
}

function parseArguments(args: readonly Value[], context: FunctionContext): GoTime {
  const [first = '', value = '', zone = 'UTC'] = args.map(text)
  if (args.length === 0) return timeOf(context.now)
  if (args.length === 1) return parseTime(rfc3339, first)
  if (args.length > 3) throw new FunctionError('unsupported number of parameters')
  if (zoneAt(zone, 0n) === undefined) throw new FunctionError(`unknown time zone ${zone}`)
  return parseTime(layoutOf(first), value, zone)
}

const layouts: Readonly<Record<string, string>> = {
  LAYOUT: "01/02 03:04:05PM '06 -0700",
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UNIXDATE: 'Mon Jan _2 15:04:05 MST 2006',
  RUBYDATE: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: rfc3339,
  RFC3339NANO: rfc3339Nano,
  KITCHEN: '3:04PM',
  STAMP: 'Jan _2 15:04:05',
  STAMPMILLI: 'Jan _2 15:04:05.000',
  STAMPMICRO: 'Jan _2 15:04:05.000000',
  STAMPNANO: 'Jan _2 15:04:05.000000000',
  DATETIME: '2006-01-02 15:04:05',
  DATEONLY: '2006-01-02',
  TIMEONLY: '15:04:05',
}

/** A layout by the name of Go's constant, `RFC3339` or `time.RFC3339`; any other text is a layout itself. */
function layoutOf(name: string): string {
  const key = name.replace(/^time\./, '').toUpperCase()
  return Object.hasOwn(layouts, key) ? (layouts[key] ?? name) : name
}
