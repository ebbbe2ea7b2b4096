import { shortest } from '../engine/format-number.ts'
import { sprint } from '../engine/format.ts'
import { count, row, text, type Call, type FunctionContext, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { GoInt, GoList, int, int64, type Value } from '../engine/values.ts'
import { toFloat64, toInt64 } from './cast.ts'

const maxInt = 2n ** 63n - 1n

/** sprig's arithmetic: int64 throughout, and exact decimals where the name ends in f. */
export const numberFunctions: readonly TemplateFunction[] = [
  row('atoi', 'string', ([s]) => int(clamped(text(s)))),
  row('int64', 'any', ([value]) => int64(toInt64(value))),
  row('int', 'any', ([value]) => int(toInt64(value))),
  row('float64', 'any', ([value]) => toFloat64(value)),
  row('toDecimal', 'any', ([value], { budget }) => {
    const digits = sprint([value], budget)
    return int64(/^[+-]?[0-7]+$/.test(digits) && digits.length < 22 ? BigInt(Number.parseInt(digits, 8)) : 0n)
  }),
  row('add1', 'any', ([value]) => int64(toInt64(value) + 1n)),
  row('add', 'any...', (values) => int64(values.reduce<bigint>((sum, value) => sum + toInt64(value), 0n))),
  row('sub', 'any any', ([a, b]) => int64(toInt64(a) - toInt64(b))),
  row(
    'mul',
    'any any...',
    folded((a, b) => a * b),
  ),
  row('div', 'any any', ([a, b]) => int64(toInt64(a) / divisor(b))),
  row('mod', 'any any', ([a, b]) => int64(toInt64(a) % divisor(b))),
  row(
    'max',
    'any any...',
    folded((a, b) => (b > a ? b : a)),
  ),
  row(
    'biggest',
    'any any...',
    folded((a, b) => (b > a ? b : a)),
  ),
  row(
    'min',
    'any any...',
    folded((a, b) => (b < a ? b : a)),
  ),
  row('maxf', 'any any...', (values) => Math.max(...values.map(toFloat64))),
  row('minf', 'any any...', (values) => Math.min(...values.map(toFloat64))),
  row('floor', 'any', ([value]) => Math.floor(toFloat64(value))),
  row('ceil', 'any', ([value]) => Math.ceil(toFloat64(value))),
  row('round', 'any int float64...', ([value, places, from]) => round(toFloat64(value), count(places), from)),
  row('add1f', 'any', ([value]) => decimals([value, 1], sumOf)),
  row('addf', 'any...', (values) => decimals([0, ...values], sumOf)),
  row('subf', 'any any...', (values) => decimals(values, (a, b) => sumOf(a, { ...b, units: -b.units }))),
  row('mulf', 'any any...', (values) =>
    decimals(values, (a, b) => ({ units: a.units * b.units, exponent: a.exponent + b.exponent })),
  ),
  row('divf', 'any any...', (values) => decimals(values, quotient)),
  row('until', 'int', ([end], context) => range(0, count(end), count(end) < 0 ? -1 : 1, context)),
  row('untilStep', 'int int int', ([start, end, step], context) =>
    range(count(start), count(end), count(step), context),
  ),
  row('seq', 'int...', (bounds, context) => sequence(bounds.map(count), context)),
]

function clamped(s: string): bigint {
  if (!/^[+-]?\d+$/.test(s)) return 0n
  const value = BigInt(s.replace('+', ''))
  return value > maxInt ? maxInt : value < -maxInt - 1n ? -maxInt - 1n : value
}

function folded(combine: (a: bigint, b: bigint) => bigint): Call {
  return (values) => int64(values.map(toInt64).reduce((a, b) => BigInt.asIntN(64, combine(a, b))))
}

function divisor(value: Value): bigint {
  const number = toInt64(value)
  if (number === 0n) throw new FunctionError('runtime error: integer divide by zero')
  return number
}

/** Upwards from `from` of a unit on, a half unless told otherwise. */
function round(value: number, places: number, from: Value): number {
  const power = 10 ** places
  const shifted = power * value
  const up = shifted - Math.trunc(shifted) >= (typeof from === 'number' ? from : 0.5)
  return (up ? Math.ceil(shifted) : Math.floor(shifted)) / power
}

type Decimal = { readonly units: bigint; readonly exponent: number }

function decimals(values: readonly Value[], combine: (a: Decimal, b: Decimal) => Decimal): number {
  const { units, exponent } = values.map((value) => decimalOf(toFloat64(value))).reduce(combine)
  return Number(`${units}e${exponent}`)
}

function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new FunctionError(`Cannot create a Decimal from ${value}`)
  const { digits, exponent, negative } = shortest(value)
  const sign = negative && !digits.startsWith('-') ? '-' : ''
  return { units: BigInt(sign + digits), exponent: exponent - (digits.replace('-', '').length - 1) }
}

function sumOf(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent)
  const scaled = (number: Decimal) => number.units * 10n ** BigInt(number.exponent - exponent)
  return { units: scaled(a) + scaled(b), exponent }
}

/** To 16 decimals, half away from zero. */
function quotient(a: Decimal, b: Decimal): Decimal {
  if (b.units === 0n) throw new FunctionError('decimal division by 0')
  const shift = a.exponent - b.exponent + 16
  const numerator = a.units * 10n ** BigInt(Math.max(shift, 0))
  const denominator = b.units * 10n ** BigInt(Math.max(-shift, 0))
  const size = (value: bigint) => (value < 0n ? -value : value)
  const whole = (size(numerator) * 2n + size(denominator)) / (size(denominator) * 2n)
  return { units: numerator < 0n === denominator < 0n ? whole : -whole, exponent: -16 }
}

/** What an integer takes with its object and its place in a list. */
const octetsPerInteger = 64

/** Integers from `start` to before `end`; none where the step leads away from there. */
function integers(start: number, end: number, step: number, { budget }: FunctionContext): number[] {
  const size =
    end < start ? (step < 0 ? Math.ceil((end - start) / step) : 0) : step > 0 ? Math.ceil((end - start) / step) : 0
  budget.allocate(size * octetsPerInteger)
  return Array.from({ length: size }, (_, index) => start + index * step)
}

function range(start: number, end: number, step: number, context: FunctionContext): GoList {
  return new GoList(
    integers(start, end, step, context).map((value) => new GoInt(value)),
    'int',
  )
}

/** Numbers as seq(1) of Unix writes them: both ends included. */
function sequence(bounds: readonly number[], context: FunctionContext): string {
  const [first = 0, second = 0, third = 0] = bounds
  const towards = (start: number, end: number) => (end < start ? -1 : 1)
  const join = (start: number, end: number, step: number, beyond: number) =>
    integers(start, end + beyond, step, context).join(' ')
  if (bounds.length === 1) return join(1, first, towards(1, first), towards(1, first))
  if (bounds.length === 2) return join(first, second, towards(first, second), towards(first, second))
  if (bounds.length !== 3 || (third < first && second > 0)) return ''
  return join(first, third, second, towards(first, third))
}
