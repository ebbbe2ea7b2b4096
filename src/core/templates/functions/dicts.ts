import type { Budget } from '../engine/budget.ts'
import { encodeJson, decodeJson } from '../engine/json.ts'
import { dictionary, octetsPerItem, row, text, type Call, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { GoList, GoMap, kindOf, texts, typeOf, type Value } from '../engine/values.ts'
import { deepEqual, isEmpty, toGoText } from './cast.ts'

const sorted = 'the keys are sorted; in Go their order is random'

/** sprig's functions of dictionaries, of JSON and of types. */
export const dictFunctions: readonly TemplateFunction[] = [
  row('dict', 'any...', (args, { budget }) => {
    budget.allocate(args.length)
    const pairs: [string, Value][] = []
    for (let index = 0; index < args.length; index += 2) {
      pairs.push([toGoText(args[index], budget), index + 1 < args.length ? args[index + 1] : ''])
    }
    return new GoMap(pairs)
  }),
  row('get', 'map string', ([dict, key]) => {
    const { entries } = dictionary(dict)
    return entries.has(text(key)) ? entries.get(text(key)) : ''
  }),
  row('set', 'map string any', ([dict, key, value], { budget }) => {
    const map = dictionary(dict)
    if (map.isNil) throw new FunctionError('assignment to entry in nil map')
    budget.allocate(1)
    map.entries.set(text(key), value)
    return map
  }),
  row('unset', 'map string', ([dict, key]) => {
    dictionary(dict).entries.delete(text(key))
    return dict
  }),
  row('hasKey', 'map string', ([dict, key]) => dictionary(dict).entries.has(text(key))),
  row('pluck', 'string map...', ([key, ...dicts], { budget }) => {
    budget.allocate(dicts.length)
    const holders = dicts.map(dictionary).filter(({ entries }) => entries.has(text(key)))
    return new GoList(holders.map(({ entries }) => entries.get(text(key))))
  }),
  row('keys', 'map...', (dicts, { budget }) => texts(dicts.flatMap((dict) => keysOf(dict, budget))), sorted),
  row(
    'values',
    'map',
    ([dict], { budget }) => new GoList(keysOf(dict, budget).map((key) => dictionary(dict).entries.get(key))),
    sorted,
  ),
  row('pick', 'map string...', ([dict, ...keys], { budget }) => filtered(dict, keys, true, budget)),
  row('omit', 'map string...', ([dict, ...keys], { budget }) => filtered(dict, keys, false, budget)),
  row('merge', 'map map...', merging(false)),
  row('mustMerge', 'map map...', merging(false)),
  row('mergeOverwrite', 'map map...', merging(true)),
  row('mustMergeOverwrite', 'map map...', merging(true)),
  row('deepCopy', 'any', ([value], { budget }) => copy(value, budget, 0)),
  row('mustDeepCopy', 'any', ([value], { budget }) => copy(value, budget, 0)),
  row('dig', 'any...', dig),
  row('fromJson', 'string', ([json], { budget }) => parsedJson(text(json), budget)),
  row('mustFromJson', 'string', ([json], { budget }) => decodeJson(text(json), budget)),
  row('toJson', 'any', ([value], { budget }) => orEmpty(() => encodeJson(value, { escapeHtml: true }, budget))),
  row('mustToJson', 'any', ([value], { budget }) => encodeJson(value, { escapeHtml: true }, budget)),
  row('toRawJson', 'any', ([value], { budget }) => encodeJson(value, { escapeHtml: false }, budget)),
  row('mustToRawJson', 'any', ([value], { budget }) => encodeJson(value, { escapeHtml: false }, budget)),
  row('toPrettyJson', 'any', ([value], { budget }) =>
    orEmpty(() => encodeJson(value, { escapeHtml: true, indent: '  ' }, budget)),
  ),
  row('mustToPrettyJson', 'any', ([value], { budget }) =>
    encodeJson(value, { escapeHtml: true, indent: '  ' }, budget),
  ),
  row('typeOf', 'any', ([value]) => typeOf(value)),
  row('typeIs', 'string any', ([name, value]) => text(name) === typeOf(value)),
  row('typeIsLike', 'string any', ([name, value]) => [text(name), `*${text(name)}`].includes(typeOf(value))),
  row('kindOf', 'any', ([value]) => kindOf(value)),
  row('kindIs', 'string any', ([name, value]) => text(name) === kindOf(value)),
  row('deepEqual', 'any any', ([a, b], { budget }) => deepEqual(a, b, budget)),
]

/** sprig swallows errors of JSON. */
function orEmpty(encode: () => string): string {
  try {
    return encode()
  } catch (error) {
    if (error instanceof FunctionError && error.kind === 'execute') return ''
    throw error
  }
}

function parsedJson(json: string, budget: Budget): Value {
  try {
    return decodeJson(json, budget)
  } catch (error) {
    if (error instanceof FunctionError && error.kind === 'execute') return null
    throw error
  }
}

function keysOf(dict: Value, budget: Budget): string[] {
  const map = dictionary(dict)
  budget.step(map.entries.size)
  budget.allocate(map.entries.size * octetsPerItem)
  return map.sortedKeys()
}

/** The entries that are among these keys, or those that are not. */
function filtered(dict: Value, keys: readonly Value[], wanted: boolean, budget: Budget): GoMap {
  const { entries } = dictionary(dict)
  const among = new Set(keys)
  budget.step(entries.size)
  budget.allocate(entries.size * octetsPerItem)
  return new GoMap([...entries].filter(([key]) => among.has(key) === wanted))
}

function merging(overwrite: boolean): Call {
  return ([target, ...sources], { budget }) => {
    const map = dictionary(target)
    for (const source of sources) mergeInto(map, dictionary(source), overwrite, budget, 0)
    return map
  }
}

/** mergo's rules: maps are merged, anything else is set where it is missing or empty, or `overwrite` says so. */
function mergeInto(target: GoMap, source: GoMap, overwrite: boolean, budget: Budget, depth: number): void {
  budget.deep(depth)
  budget.allocate(source.entries.size)
  if (target.isNil && source.entries.size > 0) throw new FunctionError('assignment to entry in nil map')
  for (const [key, value] of source.entries) {
    budget.step()
    const old = target.entries.get(key)
    if (value === null || value === undefined) {
      if (overwrite) target.entries.set(key, value)
    } else if (value instanceof GoMap && old instanceof GoMap && !isEmpty(old)) {
      mergeInto(old, value, overwrite, budget, depth + 1)
    } else if (isEmpty(old) || (overwrite && !(isEmpty(value) && value instanceof GoList))) {
      target.entries.set(key, value)
    }
  }
}

function copy(value: Value, budget: Budget, depth: number): Value {
  budget.deep(depth)
  budget.allocate(1)
  if (value instanceof GoMap) {
    const entries = [...value.entries].map(([key, item]) => [key, copy(item, budget, depth + 1)] as const)
    return new GoMap(entries, value.element, { type: value.type, isNil: value.isNil })
  }
  if (!(value instanceof GoList)) return value
  const { element, type, isNil } = value
  return new GoList(
    value.items.map((item) => copy(item, budget, depth + 1)),
    element,
    { type, isNil },
  )
}

/** The value that keys lead to, or the one before the last argument where they lead nowhere. */
function dig(args: readonly Value[]): Value {
  if (args.length < 3) throw new FunctionError('dig needs at least three arguments')
  let value: Value = args.at(-1)
  for (const key of args.slice(0, -2)) {
    if (typeof key !== 'string')
      throw new FunctionError(`interface conversion: interface {} is ${typeOf(key)}, not string`)
    if (!(value instanceof GoMap)) {
      throw new FunctionError(`interface conversion: interface {} is ${typeOf(value)}, not map[string]interface {}`)
    }
    if (!value.entries.has(key)) return args.at(-2)
    value = value.entries.get(key)
  }
  return value
}
