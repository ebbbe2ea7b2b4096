import { hash } from 'node:crypto'
import { fromRune, runeAt, runesOf } from '../engine/byte-text.ts'
import type { Budget } from '../engine/budget.ts'
import { count, octetsPerItem, row, text, type Call, type TemplateFunction } from '../engine/functions-api.ts'
import { formatValue, noFlags } from '../engine/format-value.ts'
import { quote } from '../engine/quote.ts'
import { FunctionError } from '../engine/template-error.ts'
import { compareOctets, GoMap, texts, type Value } from '../engine/values.ts'
import { toGoText, toTextList, toTexts } from './cast.ts'
import {
  isSpace,
  joinWords,
  lowerRune,
  mapRunes,
  pascalCase,
  swapCase,
  titleCase,
  untitle,
  upperRune,
} from './text-case.ts'
import { abbreviate, wrapText } from './wrap.ts'

/** A function of texts alone. */
function plain(change: (...args: string[]) => Value): Call {
  return (args) => change(...args.map(text))
}

/** sprig's functions of texts. */
export const stringFunctions: readonly TemplateFunction[] = [
  row('hello', '', () => 'Hello!'),
  row('abbrev', 'int string', ([width, s]) => (count(width) < 4 ? text(s) : abbreviate(text(s), 0, count(width)))),
  row('abbrevboth', 'int int string', ([left, right, s]) => {
    const [offset, width] = [count(left), count(right)]
    return width < 4 || (offset > 0 && width < 7) ? text(s) : abbreviate(text(s), offset, width)
  }),
  row('trunc', 'int string', ([size, s]) => truncate(count(size), text(s))),
  row(
    'trim',
    'string',
    plain((s) => trimSpace(s)),
  ),
  row(
    'upper',
    'string',
    plain((s) => mapRunes(s, upperRune)),
  ),
  row(
    'lower',
    'string',
    plain((s) => mapRunes(s, lowerRune)),
  ),
  row('title', 'string', plain(titleCase)),
  row('untitle', 'string', plain(untitle)),
  row('substr', 'int int string', ([start, end, s]) => substring(count(start), count(end), text(s))),
  row('repeat', 'int string', ([times, s], { budget }) => {
    if (count(times) < 0) throw new FunctionError('strings: negative Repeat count')
    budget.allocate(count(times) * text(s).length)
    return text(s).repeat(text(s) === '' ? 0 : count(times))
  }),
  row('trimall', 'string string', plain(trimAll)),
  row('trimAll', 'string string', plain(trimAll)),
  row(
    'trimSuffix',
    'string string',
    plain((end, s) => (end !== '' && s.endsWith(end) ? s.slice(0, -end.length) : s)),
  ),
  row(
    'trimPrefix',
    'string string',
    plain((start, s) => (s.startsWith(start) ? s.slice(start.length) : s)),
  ),
  row('nospace', 'string', plain(withoutSpaces)),
  row('initials', 'string', plain(initials)),
  row('swapcase', 'string', plain(swapCase)),
  row(
    'snakecase',
    'string',
    plain((s) => joinWords(s, '_')),
    'runs of capitals before digits may be split elsewhere',
  ),
  row(
    'kebabcase',
    'string',
    plain((s) => joinWords(s, '-')),
    'runs of capitals before digits may be split elsewhere',
  ),
  row('camelcase', 'string', plain(pascalCase)),
  row('wrap', 'int string', ([width, s], { budget }) => wrapText(text(s), count(width), '\n', false, budget)),
  row('wrapWith', 'int string string', ([width, separator, s], { budget }) =>
    wrapText(text(s), count(width), text(separator) === '' ? '\n' : text(separator), true, budget),
  ),
  row(
    'contains',
    'string string',
    plain((part, s) => s.includes(part)),
  ),
  row(
    'hasPrefix',
    'string string',
    plain((start, s) => s.startsWith(start)),
  ),
  row(
    'hasSuffix',
    'string string',
    plain((end, s) => s.endsWith(end)),
  ),
  row('quote', 'any...', (args, { budget }) =>
    present(args)
      .map((value) => quote(toGoText(value, budget)))
      .join(' '),
  ),
  row('squote', 'any...', (args, { budget }) =>
    present(args)
      .map((value) => `'${formatValue(value, 'v', noFlags, budget)}'`)
      .join(' '),
  ),
  row('cat', 'any...', (args, { budget }) =>
    present(args)
      .map((value) => formatValue(value, 'v', noFlags, budget))
      .join(' '),
  ),
  row('indent', 'int string', ([spaces, s], { budget }) => indent(count(spaces), text(s), budget.allocate)),
  row('nindent', 'int string', ([spaces, s], { budget }) => `\n${indent(count(spaces), text(s), budget.allocate)}`),
  row('replace', 'string string string', ([before, after, s], { budget }) =>
    replaceAll(text(before), text(after), text(s), budget.allocate),
  ),
  row('plural', 'string string int', ([one, many, number]) => (count(number) === 1 ? text(one) : text(many))),
  row(
    'sha1sum',
    'string',
    plain((s) => digest('sha1', s)),
  ),
  row(
    'sha256sum',
    'string',
    plain((s) => digest('sha256', s)),
  ),
  row(
    'sha512sum',
    'string',
    plain((s) => digest('sha512', s)),
  ),
  row('adler32sum', 'string', plain(adler32)),
  row('toString', 'any', ([value], { budget }) => toGoText(value, budget)),
  row('toStrings', 'any', ([value], { budget }) => toTextList(value, budget)),
  row('split', 'string string', ([separator, s], { budget }) => numbered(parts(text(separator), text(s), -1, budget))),
  row('splitList', 'string string', ([separator, s], { budget }) => texts(parts(text(separator), text(s), -1, budget))),
  row('splitn', 'string int string', ([separator, most, s], { budget }) =>
    numbered(parts(text(separator), text(s), count(most), budget)),
  ),
  row('join', 'string any', ([separator, value], { budget }) => {
    const joined = toTexts(value, budget)
    budget.allocate(joined.length * text(separator).length)
    return joined.join(text(separator))
  }),
  row('sortAlpha', 'any', ([value], { budget }) => texts(toTexts(value, budget).sort(compareOctets))),
]

function present(args: readonly Value[]): Value[] {
  return args.filter((value) => value !== null && value !== undefined)
}

function truncate(size: number, s: string): string {
  if (size < 0) return s.length + size > 0 ? s.slice(s.length + size) : s
  return s.slice(0, size)
}

function substring(start: number, end: number, s: string): string {
  const [from, to] = start < 0 ? [0, end] : end < 0 || end > s.length ? [start, s.length] : [start, end]
  if (to < 0 || to > s.length || from > to) throw new FunctionError('runtime error: slice bounds out of range')
  return s.slice(from, to)
}

/** What sprig takes for spaces where it looks at octets: those beyond ASCII are taken for Latin-1. */
const spaceOctet = /[\t-\r \x85\xa0]/

function initials(s: string): string {
  const firsts = s.split(new RegExp(spaceOctet, 'g')).map((word) => word.charAt(0))
  return firsts.map((octet) => (octet === '' ? '' : fromRune(octet.charCodeAt(0)))).join('')
}

function trimSpace(s: string): string {
  return trimRunes(s, isSpace)
}

function trimAll(set: string, s: string): string {
  const unwanted = new Set(runesOf(set))
  return trimRunes(s, (rune) => unwanted.has(rune))
}

function trimRunes(s: string, isUnwanted: (rune: number) => boolean): string {
  let start = 0
  let end = 0
  let hasText = false
  for (let index = 0; index < s.length;) {
    const { rune, size } = runeAt(s, index)
    if (!isUnwanted(rune)) {
      if (!hasText) start = index
      hasText = true
      end = index + size
    }
    index += size
  }
  return hasText ? s.slice(start, end) : ''
}

function withoutSpaces(s: string): string {
  const kept = (octet: string) => (spaceOctet.test(octet) ? '' : fromRune(octet.charCodeAt(0)))
  return spaceOctet.test(s) ? Array.from(s, kept).join('') : s
}

function indent(spaces: number, s: string, allocate: (size: number) => void): string {
  if (spaces < 0) throw new FunctionError('strings: negative Repeat count')
  allocate(spaces)
  const pad = ' '.repeat(spaces)
  return pad + replaceAll('\n', `\n${pad}`, s, allocate)
}

function replaceAll(before: string, after: string, s: string, allocate: (size: number) => void): string {
  const parts = before === '' ? ['', ...splitAll('', s, -1), ''] : s.split(before)
  allocate(s.length + parts.length * after.length)
  return (before === '' && s === '' ? ['', ''] : parts).join(after)
}

/** `splitAll`, paid for before anything is made; where `most` limits it, as if it did not. */
function parts(separator: string, s: string, most: number, budget: Budget): string[] {
  let number = 1
  if (separator === '') number = s.length
  else for (let at = s.indexOf(separator); at >= 0; at = s.indexOf(separator, at + separator.length)) number += 1
  budget.allocate(number * octetsPerItem)
  return splitAll(separator, s, most)
}

/** strings.SplitN: at most `most` parts, all where it is negative; an empty separator parts all characters. */
function splitAll(separator: string, s: string, most: number): string[] {
  if (most === 0) return []
  const parts = separator === '' ? runesOf(s).map(fromRune) : s.split(separator)
  if (most < 0 || parts.length <= most) return parts
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)]
}

/** `_0`, `_1` and so on. */
function numbered(parts: readonly string[]): GoMap {
  return new GoMap(
    parts.map((part, index) => [`_${index}`, part]),
    'string',
  )
}

function digest(algorithm: string, s: string): string {
  return hash(algorithm, Buffer.from(s, 'latin1'), 'hex')
}

function adler32(s: string): string {
  let [low, high] = [1, 0]
  for (const octet of Buffer.from(s, 'latin1')) {
    low = (low + octet) % 65_521
    high = (high + low) % 65_521
  }
  return String(high * 65_536 + low)
}
