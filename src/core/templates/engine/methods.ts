import { row, text, type Parameter, type TemplateFunction } from './functions-api.ts'
import { formatTime, goTimeLayout, unixSeconds } from './time.ts'
import { GoInt, GoText, GoTime, int, int64, utc, zeroTime, type Value } from './values.ts'

/** The methods of values that templates may call: those of times and versions that say something about them. */
export function methodOf(receiver: Value, name: string): TemplateFunction | undefined {
  if (receiver instanceof GoTime) {
    const method = Object.hasOwn(timeMethods, name) ? timeMethods[name] : undefined
    return method && row(name, method.parameters ?? '', (args) => method.call(receiver, args))
  }
  if (!(receiver instanceof GoText)) return undefined
  if (name === 'String') return row(name, '', () => receiver.text)
  const part = receiver.type === '*semver.Version' ? versionPart(receiver.text, name) : undefined
  return part === undefined ? undefined : row(name, '', () => part)
}

type TimeMethod = { readonly parameters?: Parameter; readonly call: (time: GoTime, args: readonly Value[]) => Value }

const shown = (layout: string): TimeMethod => ({ call: (time) => int(Number(formatTime(time, layout))) })

const timeMethods: Readonly<Record<string, TimeMethod>> = {
  Format: { parameters: 'string', call: (time, [layout]) => formatTime(time, text(layout)) },
  String: { call: (time) => formatTime(time, goTimeLayout) },
  Unix: { call: (time) => int64(unixSeconds(time)) },
  UnixMilli: { call: ({ nanoseconds }) => int64(floored(nanoseconds, 1_000_000n)) },
  UnixMicro: { call: ({ nanoseconds }) => int64(floored(nanoseconds, 1000n)) },
  UnixNano: { call: ({ nanoseconds }) => int64(nanoseconds) },
  IsZero: { call: ({ nanoseconds }) => nanoseconds === zeroTime.nanoseconds },
  UTC: { call: ({ nanoseconds }) => new GoTime(nanoseconds, utc) },
  Year: shown('2006'),
  Day: shown('2'),
  Hour: shown('15'),
  Minute: shown('4'),
  Second: shown('5'),
  YearDay: shown('002'),
}

function floored(value: bigint, unit: bigint): bigint {
  return (value - (((value % unit) + unit) % unit)) / unit
}

function versionPart(version: string, name: string): Value {
  const [, major, minor, patch, prerelease = '', metadata = ''] =
    /^(\d+)\.(\d+)\.(\d+)(?:-([^+]*))?(?:\+(.*))?$/.exec(version) ?? []
  const number = (digits: string | undefined) => new GoInt(BigInt(digits ?? '0'), 'uint64')
  const parts: Readonly<Record<string, Value>> = {
    Major: number(major),
    Minor: number(minor),
    Patch: number(patch),
    Prerelease: prerelease,
    Metadata: metadata,
  }
  return Object.hasOwn(parts, name) ? parts[name] : undefined
}
