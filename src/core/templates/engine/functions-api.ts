import type { Random } from '../../clock.ts'
import type { Budget } from './budget.ts'
import { FunctionError } from './template-error.ts'
import { GoInt, GoList, GoMap, GoTime, int, list, typeOf, type Value } from './values.ts'

/** What functions may use besides their arguments. */
export type FunctionContext = {
  readonly budget: Budget
  /** Milliseconds since the epoch: one time for a whole rendering. */
  readonly now: number
  readonly random: Random
}

/** Go types of parameters. `value` takes all, even what is no value; `any` gets null for that. */
export type Parameter = 'value' | 'any' | 'string' | 'int' | 'float64' | 'bool' | 'map' | 'time' | '[]string'

/** How a function relates to step's of that name. */
export type Relation = { readonly kind: 'same' } | { readonly kind: 'differs' | 'refused'; readonly how: string }

/** One function that templates can call. */
export type TemplateFunction = {
  readonly name: string
  readonly relation: Relation
  /** Types of its parameters; the last one any number of times where it is variadic. */
  readonly parameters: readonly Parameter[]
  readonly isVariadic: boolean
  readonly call: (args: readonly Value[], context: FunctionContext) => Value
}

export type Call = TemplateFunction['call']

/** What a text, or an entry of a dictionary, takes with its place, beside its own octets: for functions that make many. */
export const octetsPerItem = 32

/** A row of the table. Parameters as in `int string` or `any any...`. */
export function row(name: string, parameters: string, call: Call, differs?: string): TemplateFunction {
  const words = parameters.split(' ').filter((word) => word !== '')
  const isVariadic = words.at(-1)?.endsWith('...') ?? false
  const relation: Relation = differs === undefined ? { kind: 'same' } : { kind: 'differs', how: differs }
  return { name, relation, parameters: words.map((word) => word.replace('...', '') as Parameter), isVariadic, call }
}

/** A function that step has and Signet has not. */
export function refusal(name: string, why: string): TemplateFunction {
  return {
    name,
    relation: { kind: 'refused', how: why },
    parameters: ['value'],
    isVariadic: true,
    call() {
      throw new FunctionError(`is not available: ${why}`, 'refused')
    },
  }
}

/** Arguments that the table has checked already. */
export function text(value: Value): string {
  if (typeof value !== 'string') throw new FunctionError(`wrong type for value; expected string; got ${typeOf(value)}`)
  return value
}

/** A Go int, as far as a number holds it exactly. */
export function count(value: Value): number {
  if (!(value instanceof GoInt)) throw new FunctionError(`wrong type for value; expected int; got ${typeOf(value)}`)
  return Number(value.value)
}

export function dictionary(value: Value): GoMap {
  if (value instanceof GoMap) return value
  return new GoMap([], 'interface {}', { isNil: true })
}

export function time(value: Value): GoTime {
  if (value instanceof GoTime) return value
  throw new FunctionError(`wrong type for value; expected time.Time; got ${typeOf(value)}`)
}

export function items(value: Value): GoList {
  return value instanceof GoList ? value : list([])
}

export { int, list }
