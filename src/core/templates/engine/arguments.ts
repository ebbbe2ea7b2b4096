import type { Parameter } from './functions-api.ts'
import { fitsInt } from './number.ts'
import type { NumberNode, TermNode } from './nodes.ts'
import { showNode } from './nodes.ts'
import { GoInt, GoList, GoMap, GoTime, typeOf, type Value } from './values.ts'

/** A value, or why there is none. */
export type Outcome = { readonly value: Value } | { readonly fault: string }

const goNames: Readonly<Record<Parameter, string>> = {
  value: 'reflect.Value',
  any: 'interface {}',
  string: 'string',
  int: 'int',
  float64: 'float64',
  bool: 'bool',
  map: 'map[string]interface {}',
  time: 'time.Time',
  '[]string': '[]string',
}

const isOf: Readonly<Record<Parameter, (value: Value) => boolean>> = {
  value: () => true,
  any: () => true,
  string: (value) => typeof value === 'string',
  int: (value) => value instanceof GoInt && value.type === 'int',
  float64: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  map: (value) => value instanceof GoMap && value.element === 'interface {}',
  time: (value) => value instanceof GoTime,
  '[]string': (value) => value instanceof GoList && value.element === 'string',
}

/** What Go passes for a nil where the type has one. */
const nilOf: Readonly<Partial<Record<Parameter, Value>>> = {
  value: undefined,
  any: null,
  map: new GoMap([], 'interface {}', { isNil: true }),
  '[]string': new GoList([], 'string', { isNil: true }),
}

/** The value as an argument of this type. Go converts nothing: an int is no float64. */
export function passValue(value: Value, parameter: Parameter): Outcome {
  if (value === undefined) {
    return parameter in nilOf ? { value: nilOf[parameter] } : { fault: `invalid value; expected ${goNames[parameter]}` }
  }
  if (isOf[parameter](value)) return { value }
  const type = value === null ? 'interface {}' : typeOf(value)
  return { fault: `wrong type for value; expected ${goNames[parameter]}; got ${type}` }
}

/** A literal as an argument of this type, which decides what kind of number it is. */
export function passLiteral(
  node: Extract<TermNode, { type: 'number' | 'string' | 'bool' | 'nil' }>,
  parameter: Parameter,
): Outcome {
  if (node.type === 'nil') {
    return parameter in nilOf ? { value: nilOf[parameter] } : { fault: `cannot assign nil to ${goNames[parameter]}` }
  }
  if (parameter === 'any' || parameter === 'value')
    return node.type === 'number' ? constantOf(node) : { value: node.value }
  const expected = (what: string): Outcome => ({ fault: `expected ${what}; found ${showNode(node)}` })
  switch (parameter) {
    case 'string':
      return node.type === 'string' ? { value: node.value } : expected('string')
    case 'bool':
      return node.type === 'bool' ? { value: node.value } : expected('bool')
    case 'int':
      if (node.type !== 'number' || node.integer === undefined || !fitsInt(node.integer)) return expected('integer')
      return { value: new GoInt(node.integer) }
    case 'float64':
      return node.type === 'number' && node.float !== undefined ? { value: node.float } : expected('float')
    case 'map':
    case 'time':
    case '[]string':
    default:
  }
  return { fault: `can't handle ${showNode(node)} for arg of type ${goNames[parameter]}` }
}

/** What a number is where nothing says what it should be: complex, float64 or int by how it is written. */
export function constantOf({ text, integer, float, complex }: NumberNode): Outcome {
  const isCharacter = text.startsWith("'")
  if (complex !== undefined && !isCharacter) return { value: complex }
  const isHexadecimal = /^0[xX][^pP]*$/.test(text)
  if (float !== undefined && !isHexadecimal && !isCharacter && /[.eEpP]/.test(text)) return { value: float }
  if (integer === undefined || !fitsInt(integer)) return { fault: `${text} overflows int` }
  return { value: new GoInt(integer) }
}
