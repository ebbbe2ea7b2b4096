import type { Budget } from '../engine/budget.ts'
import { octetsPerItem } from '../engine/functions-api.ts'
import { formatValue, noFlags } from '../engine/format-value.ts'
import { parseFloat64, parseInteger } from '../engine/number.ts'
import { FunctionError } from '../engine/template-error.ts'
import {
  GoInt,
  GoList,
  GoMap,
  GoStruct,
  GoText,
  GoTime,
  kindOf,
  octetsOfList,
  texts,
  typeOf,
  type Value,
} from '../engine/values.ts'

/** How sprig turns values of any type into others. */

const maxInt64 = 2n ** 63n - 1n
const minInt64 = -(2n ** 63n)

/** An int64; 0 for what is no number. */
export function toInt64(value: Value): bigint {
  if (value instanceof GoInt) return BigInt.asIntN(64, value.value)
  if (typeof value === 'number') {
    const whole = Math.trunc(value)
    // What no int64 holds becomes the smallest, as on amd64.
    return Number.isFinite(whole) && Math.abs(whole) < 2 ** 63 ? BigInt(whole) : minInt64
  }
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value !== 'string') return 0n
  const parsed = parseInteger(value.replace(/\.0+$/, ''))
  return parsed === undefined || parsed > maxInt64 || parsed < minInt64 ? 0n : parsed
}

/** A float64; 0 for what is no number. */
export function toFloat64(value: Value): number {
  if (value instanceof GoInt) return Number(value.value)
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string') return 0
  if (/^[+-]?inf(?:inity)?$/i.test(value)) return value.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(value)) return Number.NaN
  const parsed = parseFloat64(value) ?? 0
  return Number.isFinite(parsed) ? parsed : 0
}

/** The text that it prints as. */
export function toGoText(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value
  if (value instanceof GoList && value.element === 'uint8') return octetsOfList(value)
  return formatValue(value, 'v', noFlags, budget)
}

/** A list of texts, without the nils; one text where it is no list. */
export function toTexts(value: Value, budget: Budget): string[] {
  if (value === null || value === undefined) return []
  if (!(value instanceof GoList)) return [toGoText(value, budget)]
  budget.allocate(value.items.length * octetsPerItem)
  return value.items.flatMap((item) => (item === null || item === undefined ? [] : [toGoText(item, budget)]))
}

export function toTextList(value: Value, budget: Budget): GoList {
  return texts(toTexts(value, budget))
}

/** The list that a function needs; FunctionError that says what the function cannot do with it. */
export function needList(value: Value, doing: string): GoList {
  if (value instanceof GoList) return value
  if (value === null || value === undefined)
    throw new FunctionError('runtime error: invalid memory address or nil pointer dereference')
  throw new FunctionError(`Cannot ${doing} type ${kindOf(value)}`)
}

/** sprig's emptiness: that of templates, except that structures and pointers never are. */
export function isEmpty(value: Value): boolean {
  if (value === null || value === undefined || value === false || value === '' || value === 0) return true
  if (value instanceof GoInt) return value.value === 0n
  if (value instanceof GoList) return value.items.length === 0
  if (value instanceof GoMap) return value.entries.size === 0
  return false
}

/** Go's reflect.DeepEqual: same type and same content. */
export function deepEqual(a: Value, b: Value, budget: Budget, depth = 0): boolean {
  budget.step()
  budget.deep(depth)
  const same = (x: Value, y: Value) => deepEqual(x, y, budget, depth + 1)
  if (typeOf(a) !== typeOf(b)) return false
  if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value
  if (a instanceof GoList && b instanceof GoList) {
    return (
      a.isNil === b.isNil &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => same(item, b.items[index]))
    )
  }
  if (a instanceof GoMap && b instanceof GoMap) {
    if (a.isNil !== b.isNil || a.entries.size !== b.entries.size) return false
    return [...a.entries].every(([key, item]) => b.entries.has(key) && same(item, b.entries.get(key)))
  }
  if (a instanceof GoTime && b instanceof GoTime) return a.nanoseconds === b.nanoseconds && a.zone.name === b.zone.name
  if (a instanceof GoText && b instanceof GoText) return a.text === b.text
  if (a instanceof GoStruct && b instanceof GoStruct) {
    return a.fields.every(({ value }, index) => same(value, b.fields[index]?.value))
  }
  return (a ?? null) === (b ?? null)
}
