import type { Budget } from './budget.ts'
import { runeAt, runesOf, fromRune } from './byte-text.ts'
import { formatFloat } from './format-number.ts'
import { formatTime, goTimeLayout } from './time.ts'
import { isPrintable, quote, quoteRune } from './quote.ts'
import {
  GoComplex,
  GoInt,
  GoList,
  GoMap,
  type GoStruct,
  GoText,
  GoTime,
  octetsOfList,
  typeOf,
  type Value,
} from './values.ts'

/** What stands between `%` and the verb. */
export type Flags = {
  readonly plus: boolean
  readonly minus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  readonly width: number | undefined
  readonly precision: number | undefined
}

export const noFlags: Flags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
}

/** One value as Go's fmt writes it with a verb and flags. */
export function formatValue(value: Value, verb: string, flags: Flags, budget: Budget, depth = 0): string {
  budget.step()
  budget.deep(depth)
  const text = formatOne(value, verb, flags, budget, depth)
  budget.allocate(text.length)
  return text
}

function formatOne(value: Value, verb: string, flags: Flags, budget: Budget, depth: number): string {
  if (verb === 'T') return pad(typeOf(value), flags)
  if (value === null || value === undefined) {
    if (verb !== 'v') return `%!${verb}(<nil>)`
    return pad(depth > 0 && flags.sharp ? 'interface {}(nil)' : '<nil>', flags)
  }
  const bad = () => `%!${verb}(${typeOf(value)}=${formatValue(value, 'v', flags, budget, depth)})`
  const done = (text: string | undefined): string => text ?? bad()
  if (typeof value === 'boolean') return done('tv'.includes(verb) ? pad(String(value), flags) : undefined)
  if (typeof value === 'string') return done(formatText(value, verb, flags))
  if (typeof value === 'number') return done(formatFloating(value, verb, flags))
  if (value instanceof GoInt) return done(formatInteger(value, verb, flags))
  if (value instanceof GoComplex) {
    const part = (number: number, plus: boolean) => formatFloating(number, verb, { ...flags, plus, width: undefined })
    return verb === 'v' ? pad(`(${part(value.real, flags.plus)}${part(value.imaginary, true)}i)`, flags) : bad()
  }
  if (value instanceof GoTime || value instanceof GoText) {
    const text = value instanceof GoText ? value.text : formatTime(value, goTimeLayout)
    return done(
      'vsxXq'.includes(verb) ? formatText(text, verb, { ...flags, sharp: verb !== 'v' && flags.sharp }) : undefined,
    )
  }
  return formatComposite(value, verb, flags, budget, depth)
}

function formatComposite(
  value: GoList | GoMap | GoStruct,
  verb: string,
  flags: Flags,
  budget: Budget,
  depth: number,
): string {
  const goSyntax = verb === 'v' && flags.sharp
  const inner = (item: Value) => formatValue(item, verb, flags, budget, depth + 1)
  if (value instanceof GoList) {
    if (value.element === 'uint8' && 'sqxX'.includes(verb)) return formatText(octetsOfList(value), verb, flags) ?? ''
    if (goSyntax) return value.isNil ? `${value.type}(nil)` : `${value.type}{${value.items.map(inner).join(', ')}}`
    return `[${value.items.map(inner).join(' ')}]`
  }
  if (value instanceof GoMap) {
    if (goSyntax && value.isNil) return `${value.type}(nil)`
    const pairs = value.sortedKeys().map((key) => `${inner(key)}:${inner(value.entries.get(key))}`)
    return goSyntax ? `${value.type}{${pairs.join(', ')}}` : `map[${pairs.join(' ')}]`
  }
  // Go prints an address here, which nobody can want in a certificate.
  if (value.isPointer && depth > 0) return '0xc000000000'
  const fields = value.fields.map((field) => (flags.plus || goSyntax ? `${field.name}:` : '') + inner(field.value))
  const mark = value.isPointer ? '&' : ''
  return goSyntax ? `${mark}${value.type.replace('*', '')}{${fields.join(', ')}}` : `${mark}{${fields.join(' ')}}`
}

function formatText(text: string, verb: string, flags: Flags): string | undefined {
  const cut = () => (flags.precision === undefined ? text : firstRunes(text, flags.precision))
  if (verb === 'v' && flags.sharp) return formatText(text, 'q', { ...flags, sharp: false })
  if (verb === 's' || verb === 'v') return pad(cut(), flags)
  if (verb === 'q') {
    const shown = cut()
    // oxlint-disable-next-line no-control-regex
    const raw = flags.sharp && !/[`\x7f\x00-\x08\x0a-\x1f]/.test(shown)
    return pad(raw ? `\`${shown}\`` : quote(shown, flags.plus), flags)
  }
  if (verb !== 'x' && verb !== 'X') return undefined
  const octets = flags.precision === undefined ? text : text.slice(0, flags.precision)
  const pairs = Array.from(octets, (octet) => octet.charCodeAt(0).toString(16).padStart(2, '0'))
  const prefix = flags.sharp ? '0x' : ''
  const joined =
    pairs.length === 0 ? '' : flags.space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('')
  return pad(verb === 'X' ? joined.toUpperCase() : joined, flags)
}

function firstRunes(text: string, count: number): string {
  let index = 0
  for (let seen = 0; seen < count && index < text.length; seen += 1) index += runeAt(text, index).size
  return text.slice(0, index)
}

const defaultPrecision: Readonly<Record<string, number>> = { e: 6, f: 6, g: -1 }

function formatFloating(value: number, verb: string, flags: Flags): string | undefined {
  const format = verb === 'v' ? 'g' : verb === 'F' ? 'f' : verb
  const usual = defaultPrecision[format.toLowerCase()]
  if (usual === undefined) return undefined
  const plain = formatFloat(value, format, flags.precision ?? usual)
  const signed = plain.startsWith('-') || plain.startsWith('+') ? plain : `+${plain}`
  const withSpace = flags.space && signed.startsWith('+') && !flags.plus ? ` ${signed.slice(1)}` : signed
  const shown = flags.plus || !withSpace.startsWith('+') || plain === '+Inf' ? withSpace : withSpace.slice(1)
  if (!flags.zero || flags.minus || flags.width === undefined || !Number.isFinite(value)) {
    return pad(shown, { ...flags, zero: flags.zero && Number.isFinite(value) })
  }
  const sign = /^[-+ ]/.test(shown) ? shown.charAt(0) : ''
  return sign + shown.slice(sign.length).padStart(flags.width - sign.length, '0')
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }

function formatInteger({ value, type }: GoInt, verb: string, flags: Flags): string | undefined {
  if (verb === 'c') return pad(fromRune(Number(value)), flags)
  if (verb === 'q') return pad(quoteRune(Number(value), flags.plus), flags)
  if (verb === 'U') return formatCodePoint(Number(value), flags)
  const hexadecimal = verb === 'v' && flags.sharp && type.startsWith('uint')
  const base = hexadecimal ? 16 : bases[verb]
  if (base === undefined) return undefined
  const { precision, width } = flags
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0)
  const sign = value < 0n ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  const zeros = precision ?? (flags.zero && !flags.minus && width !== undefined ? width - sign.length : 0)
  const digits = (value < 0n ? -value : value).toString(base).padStart(zeros, '0')
  const sharp = hexadecimal || (flags.sharp && verb !== 'v')
  const prefix =
    verb === 'O'
      ? '0o'
      : !sharp
        ? ''
        : base === 2
          ? '0b'
          : base === 16
            ? '0x'
            : base === 8 && !digits.startsWith('0')
              ? '0'
              : ''
  const text = sign + prefix + digits
  return pad(verb === 'X' ? text.toUpperCase() : text, { ...flags, zero: false })
}

function formatCodePoint(rune: number, flags: Flags): string {
  const shown = flags.sharp && isPrintable(rune) ? ` '${fromRune(rune)}'` : ''
  return pad(
    `U+${rune
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, flags.precision ?? 0), '0')}${shown}`,
    { ...flags, zero: false },
  )
}

/** To the width, counted in code points. */
export function pad(text: string, { width, minus, zero }: Flags): string {
  if (width === undefined) return text
  const missing = width - runesOf(text).length
  if (missing <= 0) return text
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text
}
