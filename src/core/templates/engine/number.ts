import { runesOf } from './byte-text.ts'
import type { NumberNode } from './nodes.ts'
import { unquote } from './quote.ts'
import { GoComplex } from './values.ts'

const maxInt = 2n ** 63n - 1n
const minInt = -(2n ** 63n)
const maxUint = 2n ** 64n - 1n

/** Every type that a numeric constant can have; undefined where it is none. */
export function readNumber(text: string, position: number, isCharacter: boolean): NumberNode | undefined {
  const node = { type: 'number', text, position } as const
  if (isCharacter) {
    const [rune, ...more] = runesOf(unquote(text) ?? '')
    if (rune === undefined || more.length > 0) return undefined
    return { ...node, integer: BigInt(rune), float: rune, complex: new GoComplex(rune, 0) }
  }
  if (text.endsWith('i')) {
    const complex = readComplex(text)
    if (complex === undefined) return undefined
    const real = complex.imaginary === 0 ? complex.real : undefined
    const whole = real !== undefined && Number.isInteger(real) ? BigInt(real) : undefined
    return { ...node, integer: whole, float: real, complex }
  }
  const integer = parseInteger(text)
  if (integer !== undefined && integer >= minInt && integer <= maxUint) {
    return { ...node, integer, float: Number(integer), complex: undefined }
  }
  const float = integer === undefined ? parseFloat64(text) : undefined
  // An integer that no type holds, such as 1e400.
  if (float === undefined || !Number.isFinite(float)) return undefined
  if (!/[.eEpP]/.test(text)) return undefined
  const whole = Number.isInteger(float) && Math.abs(float) < 2 ** 63 ? BigInt(float) : undefined
  return { ...node, integer: whole, float, complex: undefined }
}

/** Does it fit Go's int? */
export function fitsInt(integer: bigint): boolean {
  return integer >= minInt && integer <= maxInt
}

/** An integer literal as Go reads it with base 0: `0x`, `0o`, `0b` or `0` before octal digits, and `_` between digits. */
export function parseInteger(text: string): bigint | undefined {
  const form =
    /^([+-]?)(?:0[xX](_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|0[oO](_?[0-7]+(?:_[0-7]+)*)|0[bB](_?[01]+(?:_[01]+)*)|(0(?:_?[0-7]+)*)|([1-9]\d*(?:_\d+)*))$/.exec(
      text,
    )
  if (form === null) return undefined
  const [, sign, hexadecimal, octal, binary, old, decimal] = form
  const digits = (hexadecimal ?? octal ?? binary ?? old ?? decimal ?? '').replaceAll('_', '')
  const prefix = hexadecimal !== undefined ? '0x' : binary !== undefined ? '0b' : decimal !== undefined ? '' : '0o'
  const value = BigInt(prefix + digits)
  return sign === '-' ? -value : value
}

/** A number as Go's ParseFloat reads it, underscores between digits allowed only with a base prefix or in `literal`s. */
export function parseFloat64(text: string): number | undefined {
  const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?[pP]([+-]?\d+)$/.exec(text)
  if (hexadecimal !== null) {
    const [, sign, whole = '', fraction = '', exponent = '0'] = hexadecimal
    const digits = (whole + fraction).replaceAll('_', '')
    if (digits === '') return undefined
    const power = Number(exponent) - 4 * fraction.replaceAll('_', '').length
    const value = Number(BigInt(`0x${digits}`)) * 2 ** power
    return sign === '-' ? -value : value
  }
  if (!/^[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  // Underscores are for literals with a base prefix only.
  return text.includes('_') ? undefined : Number(text)
}

function readComplex(text: string): GoComplex | undefined {
  const inner = text.slice(0, -1)
  const split = /^(.*[^eEpP+-])([+-].*)$/.exec(inner)
  const part = (piece: string) => parseFloat64(piece) ?? numberOf(parseInteger(piece))
  const real = split === null ? 0 : part(split[1] ?? '')
  const imaginary = part(split === null ? inner : (split[2] ?? ''))
  return real === undefined || imaginary === undefined ? undefined : new GoComplex(real, imaginary)
}

function numberOf(integer: bigint | undefined): number | undefined {
  return integer === undefined ? undefined : Number(integer)
}
