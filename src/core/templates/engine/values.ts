import { octetsOf, toOctets } from './byte-text.ts'
import type { Json } from '../template.ts'

/**
 * A value as Go has it. A string is octets (`byte-text.ts`), a number is a float64, null is a nil interface, and undefined
 * is no value at all: what a missing key of a map gives.
 */
export type Value =
  | undefined
  | null
  | boolean
  | string
  | number
  | GoInt
  | GoComplex
  | GoList
  | GoMap
  | GoStruct
  | GoTime
  | GoText

/** An integer with the name of its Go type. */
export class GoInt {
  readonly value: bigint
  readonly type: string
  constructor(value: bigint | number, type = 'int') {
    const unsigned = type.startsWith('uint')
    this.value = unsigned ? BigInt.asUintN(64, BigInt(value)) : BigInt.asIntN(64, BigInt(value))
    this.type = type
  }
}

/** A complex constant, which can only be printed and compared. */
export class GoComplex {
  readonly real: number
  readonly imaginary: number
  constructor(real: number, imaginary: number) {
    this.real = real
    this.imaginary = imaginary
  }
}

/** A slice. `append` and the like make new ones; `set` of dictionaries is the only change in place that templates have. */
export class GoList {
  readonly items: readonly Value[]
  readonly element: string
  readonly isNil: boolean
  /** The name of its type, where it has one. */
  readonly type: string
  constructor(items: readonly Value[], element = 'interface {}', options: { isNil?: boolean; type?: string } = {}) {
    this.items = items
    this.element = element
    this.isNil = options.isNil ?? false
    this.type = options.type ?? `[]${element}`
  }
}

/** A map with texts as keys. */
export class GoMap {
  readonly entries: Map<string, Value>
  readonly element: string
  readonly isNil: boolean
  readonly type: string
  constructor(
    entries: Iterable<readonly [string, Value]>,
    element = 'interface {}',
    options: { isNil?: boolean; type?: string } = {},
  ) {
    this.entries = new Map(entries)
    this.element = element
    this.isNil = options.isNil ?? false
    this.type = options.type ?? `map[string]${element}`
  }
  /** Go visits and prints the keys of maps in the order of their octets. */
  sortedKeys(): string[] {
    return [...this.entries.keys()].sort(compareOctets)
  }
}

/** A field of a structure, with what of it goes into JSON: nothing without `json`. */
export type GoField = {
  readonly name: string
  readonly value: Value
  readonly json?: string
  readonly omitEmpty?: boolean
  /** Where its JSON is another value than itself: names of bits, for instance. */
  readonly jsonValue?: Value
}

/** A structure, or a pointer to one where its type starts with `*`. */
export class GoStruct {
  readonly type: string
  readonly fields: readonly GoField[]
  constructor(type: string, fields: readonly GoField[]) {
    this.type = type
    this.fields = fields
  }
  get isPointer(): boolean {
    return this.type.startsWith('*')
  }
  field(name: string): GoField | undefined {
    return this.fields.find((field) => field.name === name)
  }
}

/** A value that prints and encodes as a text, such as an address or a URL. */
export class GoText {
  readonly type: string
  readonly kind: string
  readonly text: string
  constructor(type: string, kind: string, text: string) {
    this.type = type
    this.kind = kind
    this.text = text
  }
}

/** How far a zone is from UTC, and what it is called there. */
export type Zone = { readonly name: string; readonly offsetSeconds: number }
export const utc: Zone = { name: 'UTC', offsetSeconds: 0 }

/** A time. */
export class GoTime {
  /** Since the Unix epoch. */
  readonly nanoseconds: bigint
  readonly zone: Zone
  constructor(nanoseconds: bigint, zone: Zone = utc) {
    this.nanoseconds = nanoseconds
    this.zone = zone
  }
}

/** Go's zero time: 1 January of the year 1. */
export const zeroTime = new GoTime(-62_135_596_800_000_000_000n)

export function compareOctets(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function int(value: bigint | number): GoInt {
  return new GoInt(value)
}

export function int64(value: bigint | number): GoInt {
  return new GoInt(value, 'int64')
}

export function list(items: readonly Value[]): GoList {
  return new GoList(items)
}

/** []string */
export function texts(items: readonly string[]): GoList {
  return new GoList(items, 'string')
}

export function bytes(octets: string | Uint8Array): GoList {
  const items = typeof octets === 'string' ? octetsOf(octets) : octets
  return new GoList(
    Array.from(items, (octet) => new GoInt(octet, 'uint8')),
    'uint8',
  )
}

/** The octets of a []byte. */
export function octetsOfList({ items }: GoList): string {
  return items.map((item) => String.fromCharCode(item instanceof GoInt ? Number(item.value) : 0)).join('')
}

/** What JSON decodes to in Go: maps, lists, texts, float64, booleans and nil. */
export function fromJsonValue(json: Json): Value {
  if (typeof json === 'string') return toOctets(json)
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return list(json.map(fromJsonValue))
  return new GoMap(Object.entries(json).map(([name, value]: [string, Json]) => [toOctets(name), fromJsonValue(value)]))
}

/** The name of its Go type, `<nil>` for none. */
export function typeOf(value: Value): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'number') return 'float64'
  if (value instanceof GoComplex) return 'complex128'
  return value instanceof GoTime ? 'time.Time' : value.type
}

/** Go's kind of it. */
export function kindOf(value: Value): string {
  if (value === null || value === undefined) return 'invalid'
  if (value instanceof GoList) return 'slice'
  if (value instanceof GoMap) return 'map'
  if (value instanceof GoStruct) return value.isPointer ? 'ptr' : 'struct'
  if (value instanceof GoTime) return 'struct'
  return value instanceof GoText ? value.kind : typeOf(value)
}

/** text/template's truth: false, 0, empty and nil are not. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined) return false
  if (value instanceof GoInt) return value.value !== 0n
  if (value instanceof GoComplex) return value.real !== 0 || value.imaginary !== 0
  if (value instanceof GoList) return value.items.length > 0
  if (value instanceof GoMap) return value.entries.size > 0
  if (typeof value === 'object') return true
  // NaN is not 0, so it is true.
  return typeof value === 'number' ? value !== 0 : Boolean(value)
}
