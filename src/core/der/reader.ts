import { SignetError } from '../errors.ts'
import { bitStringOf, booleanOf, integerOf, oidOf, timeOf, type BitString } from './values.ts'
import { tags } from './tags.ts'

/**
 * One tag-length-value: `der` is all of it, `content` the value alone. Both are views of the input, made when they are
 * asked for: of most elements nobody wants either, and a view costs as much as reading the element.
 */
export class DerElement {
  readonly tag: number
  /** Where it stands in `input`. */
  readonly range: { readonly start: number; readonly content: number; readonly end: number }
  readonly input: Uint8Array

  constructor(tag: number, input: Uint8Array, range: DerElement['range']) {
    this.tag = tag
    this.input = input
    this.range = range
  }

  get der(): Uint8Array {
    return this.input.subarray(this.range.start, this.range.end)
  }

  get content(): Uint8Array {
    return this.input.subarray(this.range.content, this.range.end)
  }
}

/** X.509 nests about 8 deep; 24 leaves room, and bounds the stack of whoever walks structures with readers. */
const maximumDepth = 24

/**
 * Reads DER (X.690 §10) element by element and strictly: definite lengths in their shortest form, one-octet tags, nothing
 * past the end. Every fault is a SignetError `malformed` that names what is read and the field.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  readonly #depth: number
  readonly #end: number
  #offset: number

  /** `what` opens each message, such as `certificate request`. It reads from octet `start` up to `end`. */
  constructor(bytes: Uint8Array, what: string, depth = 0, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#what = what
    this.#depth = depth
    this.#offset = start
    this.#end = end
  }

  get atEnd(): boolean {
    return this.#offset >= this.#end
  }

  /** Is there another element, and is this its identifier octet? */
  nextIs(tag: number): boolean {
    return this.#octetAt(this.#offset) === tag
  }

  /** The error for a fault in `field`, for callers that check more than the form. */
  fault(field: string, problem: string): SignetError {
    return new SignetError('malformed', `${this.#what}: ${field}: ${problem}`)
  }

  /** The next element, whatever its tag. */
  any(field: string): DerElement {
    const bytes = this.#bytes
    const start = this.#offset
    const tag = this.#octetAt(start)
    if (tag === undefined) throw this.fault(field, 'missing')
    if ((tag & 0x1f) === 0x1f) throw this.fault(field, 'tag numbers above 30 are not supported')
    let position = start + 2
    let length = this.#octetAt(start + 1)
    if (length === undefined) throw this.fault(field, 'truncated')
    if (length > 0x7f) {
      const octets = length & 0x7f
      if (octets === 0) throw this.fault(field, 'indefinite length is not DER')
      if (octets > 3) throw this.fault(field, 'length is too large')
      if (position + octets > this.#end) throw this.fault(field, 'truncated')
      length = 0
      for (let index = 0; index < octets; index++) length = (length << 8) | (bytes[position + index] ?? 0)
      position += octets
      if (length < 0x80 || length < 1 << (8 * (octets - 1)))
        throw this.fault(field, 'length is not in its shortest form')
    }
    const end = position + length
    if (end > this.#end) throw this.fault(field, 'truncated')
    this.#offset = end
    return new DerElement(tag, bytes, { start, content: position, end })
  }

  /** The next element, which must have this tag. */
  element(tag: number, field: string): DerElement {
    const found = this.#octetAt(this.#offset)
    if (found !== undefined && found !== tag) {
      throw this.fault(field, `expected tag 0x${hexOctet(tag)}, found 0x${hexOctet(found)}`)
    }
    return this.any(field)
  }

  /** The next element if it has this tag. */
  optional(tag: number, field: string): DerElement | undefined {
    return this.nextIs(tag) ? this.any(field) : undefined
  }

  /** Steps into a constructed element: a reader of its contents. */
  open(tag: number, field: string): DerReader {
    return this.within(this.element(tag, field), field)
  }

  /** Steps into the next element if it has this tag. */
  openOptional(tag: number, field: string): DerReader | undefined {
    return this.nextIs(tag) ? this.open(tag, field) : undefined
  }

  /** A reader of the contents of an element that was read before. */
  within(element: DerElement, field: string): DerReader {
    const { input, range } = element
    return this.#nested(field, input, range.content, range.end)
  }

  /** A reader of an element's encoding inside of an OCTET STRING or BIT STRING. */
  inside(bytes: Uint8Array, field: string): DerReader {
    return this.#nested(field, bytes, 0, bytes.length)
  }

  /** Requires that nothing follows. */
  finish(field: string): void {
    if (!this.atEnd) throw this.fault(field, 'unexpected data at the end')
  }

  sequence(field: string): DerReader {
    return this.open(tags.sequence, field)
  }

  integer(field: string): bigint {
    return this.#value(tags.integer, field, 'INTEGER', integerOf)
  }

  /** An INTEGER from 0 to 2^31 − 1. */
  smallInteger(field: string): number {
    const value = this.integer(field)
    if (value < 0n || value > 0x7fffffffn) throw this.fault(field, 'number is out of range')
    return Number(value)
  }

  boolean(field: string): boolean {
    return this.#value(tags.boolean, field, 'BOOLEAN', booleanOf)
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(field: string): string {
    return this.#value(tags.oid, field, 'OBJECT IDENTIFIER', oidOf)
  }

  octetString(field: string): Uint8Array {
    return this.element(tags.octetString, field).content
  }

  bitString(field: string): BitString {
    return this.#value(tags.bitString, field, 'BIT STRING', bitStringOf)
  }

  /** UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 restricts them: milliseconds since the epoch. */
  time(field: string): number {
    const { tag, content } = this.any(field)
    const time = timeOf(tag, content)
    if (time === undefined) throw this.fault(field, 'not a valid time')
    return time
  }

  #value<Value>(tag: number, field: string, kind: string, decode: (content: Uint8Array) => Value | undefined): Value {
    const value = decode(this.element(tag, field).content)
    if (value === undefined) throw this.fault(field, `not a valid ${kind}`)
    return value
  }

  #nested(field: string, bytes: Uint8Array, start: number, end: number): DerReader {
    if (this.#depth >= maximumDepth) throw this.fault(field, 'nested too deeply')
    return new DerReader(bytes, this.#what, this.#depth + 1, start, end)
  }

  #octetAt(position: number): number | undefined {
    return position < this.#end ? this.#bytes[position] : undefined
  }
}

function hexOctet(octet: number): string {
  return octet.toString(16).padStart(2, '0')
}
