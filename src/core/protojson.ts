import { toBase64 } from './bytes.ts'
import { formatInstant } from './instant.ts'
import { addFault, isObject, readFlag, readList, readMembers, readText, type JsonNode } from './json-reader.ts'

/**
 * JSON of Protocol Buffers (proto3, its JSON mapping), read into its canonical form: lowerCamelCase names in the order of the
 * message, octets in base64, enumerations by name, and no member that has its default. What is read can be written as it is.
 */

/** Reads one field of a message; undefined: it has its default, which is not written. */
export type Field<Value> = (node: JsonNode) => Value | undefined

export type Fields = Readonly<Record<string, Field<unknown>>>

/** A message in canonical form. */
export type MessageOf<Of extends Fields> = {
  readonly [Name in keyof Of]?: Of[Name] extends Field<infer Value> ? Value : never
}

export const textField: Field<string> = (node) => readText(node) || undefined
export const flagField: Field<true> = (node) => readFlag(node) || undefined
/** `optional bool`: that it is false is told from that it is not there. */
export const givenFlagField: Field<boolean> = (node) => readFlag(node)

/** Base64, of either alphabet, padded or not. */
export const octetsField: Field<string> = (node) => {
  const plain = readText(node).replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const octets = Buffer.from(plain, 'base64')
  const base64 = toBase64(octets)
  if (base64.replace(/=+$/, '') !== plain) addFault(node, 'must be base64')
  return base64 || undefined
}

/** int32: a number, or its text. */
export const integerField: Field<number> = (node) => {
  const number = typeof node.value === 'string' && /^-?\d+$/.test(node.value) ? Number(node.value) : node.value
  if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) < 2 ** 31) return number || undefined
  addFault(node, 'must be a whole number of 32 bits')
  return undefined
}

/** google.protobuf.Timestamp; those of the same second are equal. */
export const timeField: Field<string> = (node) => {
  const milliseconds = Date.parse(readText(node))
  if (!Number.isNaN(milliseconds)) return formatInstant(milliseconds)
  addFault(node, 'must be a time such as 2026-01-02T15:04:05Z')
  return undefined
}

/** An enumeration by its names, in the order of their numbers from 0 on, the first of which is the default. */
export function enumField<Name extends string>(names: readonly [Name, ...Name[]]): Field<Name> {
  return (node) => {
    const found = typeof node.value === 'number' ? names[node.value] : names.find((name) => name === node.value)
    if (found === undefined) addFault(node, `must be one of ${names.join(', ')}`)
    return found === names[0] ? undefined : found
  }
}

/** `repeated`: an element that has its default is `otherwise`. */
export function listField<Value>(field: Field<Value>, otherwise: Value): Field<readonly Value[]> {
  return (node) => {
    const list = readList(node, (item) => field(item) ?? otherwise)
    return list.length === 0 ? undefined : list
  }
}

/**
 * A message with these fields, which is there also if it is empty. Of each list in `oneOf` it may have one. Names are
 * lowerCamelCase or as in the .proto file; one that is not known is a fault.
 */
export function messageField<Of extends Fields>(
  fields: Of,
  oneOf: readonly (readonly (keyof Of & string)[])[] = [],
): Field<MessageOf<Of>> {
  const names = Object.keys(fields)
  const known = names.flatMap((name) => [name, protoName(name)])
  return (node) => {
    const members = readMembers(node, known, 'exact')
    const read = names.flatMap((name) => {
      const member = members.get(name) ?? members.get(protoName(name))
      const value = member && fields[name]?.(member)
      return value === undefined ? [] : [[name, value] as const]
    })
    const message = Object.fromEntries(read) as MessageOf<Of>
    for (const group of oneOf) {
      const given = group.filter((name) => message[name] !== undefined)
      if (given.length > 1 && isObject(node.value)) addFault(node, `must have only one of ${group.join(', ')}`)
    }
    return message
  }
}

function protoName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
