import { count, row, type Call, type FunctionContext, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { GoList, kindOf, list, type Value } from '../engine/values.ts'
import { deepEqual, isEmpty, needList, toInt64 } from './cast.ts'

/** Two rows: sprig has each of these a second time as `must…`, which in a template does the same. */
function both(name: string, parameters: string, call: Call): TemplateFunction[] {
  return [row(name, parameters, call), row(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, parameters, call)]
}

/** What an item's place in a list takes; the item itself is another's, or was paid for when it was made. */
const octetsPerPlace = 8

/** A new list of any, paid for. */
function made(values: readonly Value[], { budget }: FunctionContext): GoList {
  budget.allocate(values.length * octetsPerPlace)
  return list(values)
}

const nilList = new GoList([], 'interface {}', { isNil: true })

const append: Call = ([value, item], context) => made([...needList(value, 'push on').items, item], context)

/** sprig's functions of lists. */
export const listFunctions: readonly TemplateFunction[] = [
  row('list', 'any...', made),
  row('tuple', 'any...', made),
  ...both('append', 'any any', append),
  ...both('push', 'any any', append),
  ...both('prepend', 'any any', ([value, item], context) =>
    made([item, ...needList(value, 'prepend on').items], context),
  ),
  ...both('first', 'any', ([value]) => needList(value, 'find first on').items[0] ?? null),
  ...both('last', 'any', ([value]) => needList(value, 'find last on').items.at(-1) ?? null),
  ...both('rest', 'any', ([value], context) => without(needList(value, 'find rest on'), 1, undefined, context)),
  ...both('initial', 'any', ([value], context) => without(needList(value, 'find initial on'), 0, -1, context)),
  ...both('reverse', 'any', ([value], context) => made(needList(value, 'find reverse on').items.toReversed(), context)),
  ...both('compact', 'any', ([value], context) =>
    made(
      needList(value, 'compact on').items.filter((item) => !isEmpty(item)),
      context,
    ),
  ),
  ...both('uniq', 'any', ([value], context) => made(distinct(needList(value, 'find uniq on').items, context), context)),
  ...both('without', 'any any...', ([value, ...unwanted], context) =>
    made(
      needList(value, 'find without on').items.filter((item) => !isIn(unwanted, item, context)),
      context,
    ),
  ),
  ...both('has', 'any any', ([needle, value], context) =>
    value === null ? false : isIn(needList(value, 'find has on').items, needle, context),
  ),
  ...both('slice', 'any any...', ([value, ...bounds], context) => slice(value, bounds, context)),
  ...both('chunk', 'int any', ([size, value], context) => chunk(count(size), needList(value, 'chunk'), context)),
  row('concat', 'any...', (lists, context) => {
    const parts = lists.map((value) => needList(value, 'concat').items)
    const size = parts.reduce((sum, { length }) => sum + length, 0)
    // Before it is made, for this one may double with each call.
    context.budget.allocate(size * octetsPerPlace)
    return size === 0 ? nilList : list(parts.flat())
  }),
  row('ternary', 'any any bool', ([yes, no, condition]) => (condition === true ? yes : no)),
  row('default', 'any any...', ([usual, given]) => (isEmpty(given) ? usual : given)),
  row('empty', 'any', ([value]) => isEmpty(value)),
  row('coalesce', 'any...', (values) => values.find((value) => !isEmpty(value)) ?? null),
  row('all', 'any...', (values) => values.every((value) => !isEmpty(value))),
  row('any', 'any...', (values) => values.some((value) => !isEmpty(value))),
]

function without({ items: all }: GoList, start: number, end: number | undefined, context: FunctionContext): GoList {
  return all.length === 0 ? nilList : made(all.slice(start, end), context)
}

function isIn(values: readonly Value[], wanted: Value, { budget }: FunctionContext): boolean {
  return values.some((value) => deepEqual(wanted, value, budget))
}

function distinct(values: readonly Value[], context: FunctionContext): Value[] {
  const found: Value[] = []
  for (const value of values) if (!isIn(found, value, context)) found.push(value)
  return found
}

function slice(value: Value, bounds: readonly Value[], { budget }: FunctionContext): Value {
  if (!(value instanceof GoList)) {
    if (value === null) return needList(value, 'slice')
    throw new FunctionError(`list should be type of slice or array but ${kindOf(value)}`)
  }
  const { length } = value.items
  if (length === 0) return null
  const start = bounds.length > 0 ? Number(toInt64(bounds[0])) : 0
  const end = bounds.length > 1 ? Number(toInt64(bounds[1])) : length
  if (start < 0 || end > length || start > end)
    throw new FunctionError('reflect.Value.Slice: slice index out of bounds')
  budget.allocate((end - start) * octetsPerPlace)
  return new GoList(value.items.slice(start, end), value.element, { type: value.type })
}

function chunk(size: number, { items: all }: GoList, context: FunctionContext): GoList {
  if (size < 1) throw new FunctionError('runtime error: makeslice: len out of range')
  const chunks: Value[] = []
  for (let index = 0; index < all.length; index += size) chunks.push(made(all.slice(index, index + size), context))
  return new GoList(chunks, '[]interface {}')
}
