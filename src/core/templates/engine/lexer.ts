import { runeAt, toText } from './byte-text.ts'
import { quote } from './quote.ts'

export type TokenType =
  | 'text'
  | 'left delimiter'
  | 'right delimiter'
  | 'space'
  | '='
  | ':='
  | '|'
  | '('
  | ')'
  | 'string'
  | 'character'
  | 'number'
  | 'complex'
  | 'variable'
  | 'field'
  | '.'
  | 'identifier'
  | 'bool'
  | 'nil'
  | 'keyword'
  | 'other'
  | 'error'
  | 'EOF'

/** A piece of a template: where it starts, and on which line. For errors, `text` says what is wrong. */
export type Token = {
  readonly type: TokenType
  readonly text: string
  readonly position: number
  readonly line: number
}

const keywords = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with'])

/** As text/template scans numbers; whether it is one is decided later. */
const numberForm =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y
const spaces = /[ \t\r\n]+/y
const quoted = /"(?:[^"\\\n]|\\[^\n])*"/y
const raw = /`[^`]*`/y
const character = /'(?:[^'\\\n]|\\[^\n])*'/y

/** The tokens of a template one by one; after an error there are no more. */
export function createLexer(input: string): () => Token {
  let position = 0
  let line = 1
  let inAction = false
  let parentheses = 0
  const at = (text: string, from = position) => input.startsWith(text, from)

  /** The token up to `end`, which may be followed by things that are skipped up to `next`. */
  const token = (type: TokenType, end: number, next = end): Token => {
    const found = { type, text: input.slice(position, end), position, line }
    for (let index = position; index < next; index += 1) if (input[index] === '\n') line += 1
    position = next
    return found
  }
  const error = (message: string): Token => {
    const found: Token = { type: 'error', text: message, position, line }
    position = input.length
    inAction = false
    return found
  }
  const match = (form: RegExp): number => {
    form.lastIndex = position
    return form.test(input) ? form.lastIndex : -1
  }

  const nextText = (): Token => {
    const start = input.indexOf('{{', position)
    if (start < 0) return token(position < input.length ? 'text' : 'EOF', input.length)
    const trims = trimsLeft(input, start + 2)
    const end = trims ? position + trimmedEnd(input.slice(position, start)) : start
    if (end > position) return token('text', end, start)
    token('text', start)
    const inside = start + (trims ? 4 : 2)
    if (at('/*', inside)) return comment(inside)
    inAction = true
    parentheses = 0
    const found = token('left delimiter', start + 2, trims ? start + 3 : start + 2)
    return found
  }
  const comment = (start: number): Token => {
    const end = input.indexOf('*/', start + 2)
    if (end < 0) return error('unclosed comment')
    const trims = trimsRight(input, end + 2)
    if (!trims && !at('}}', end + 2)) return error('comment ends before closing delimiter')
    skipTo(trims ? skipSpaces(input, end + 6) : end + 4)
    return nextText()
  }
  const skipTo = (next: number) => void token('text', next)

  const nextInAction = (): Token => {
    const trims = trimsRight(input, position)
    if (trims || at('}}')) {
      if (parentheses > 0) return error('unclosed left paren')
      inAction = false
      if (trims) skipTo(position + 2)
      return token('right delimiter', position + 2, trims ? skipSpaces(input, position + 2) : position + 2)
    }
    if (position >= input.length) return error('unclosed action')
    return symbol() ?? word()
  }
  const symbol = (): Token | undefined => {
    const first = input[position]
    const space = match(spaces)
    // The last space before ` -}}` belongs to the delimiter.
    if (space >= 0) return token('space', space - position > 1 && trimsRight(input, space - 1) ? space - 1 : space)
    if (first === '=') return token('=', position + 1)
    if (first === ':') return at(':=') ? token(':=', position + 2) : error('expected :=')
    if (first === '|') return token('|', position + 1)
    if (first === '"') return literal('string', match(quoted), 'unterminated quoted string')
    if (first === '`') return literal('string', match(raw), 'unterminated raw quoted string')
    if (first === "'") return literal('character', match(character), 'unterminated character constant')
    if (first === '(') {
      parentheses += 1
      return token('(', position + 1)
    }
    if (first !== ')') return undefined
    parentheses -= 1
    return parentheses < 0 ? error('unexpected right paren') : token(')', position + 1)
  }
  const literal = (type: TokenType, end: number, fault: string) => (end < 0 ? error(fault) : token(type, end))

  const word = (): Token => {
    const first = input.charAt(position)
    const digitFollows = /[0-9]/.test(input.charAt(position + 1))
    if (first === '$' || (first === '.' && !digitFollows)) return name(first === '$' ? 'variable' : 'field')
    if (/[-+.0-9]/.test(first)) return number()
    if (wordEnd(input, position) > position) return identifier()
    const { rune } = runeAt(input, position)
    if (rune > 0x20 && rune < 0x7f) return token('other', position + 1)
    return error(`unrecognized character in action: ${unicode(rune)}`)
  }
  const name = (type: 'variable' | 'field'): Token => {
    const end = wordEnd(input, position + 1)
    if (!endsWord(input, end)) return badCharacter(end)
    if (type === 'field' && end === position + 1) return token('.', end)
    return token(type, end)
  }
  const identifier = (): Token => {
    const end = wordEnd(input, position)
    if (!endsWord(input, end)) return badCharacter(end)
    const text = input.slice(position, end)
    if (keywords.has(text)) return token('keyword', end)
    if (text === 'nil') return token('nil', end)
    return token(text === 'true' || text === 'false' ? 'bool' : 'identifier', end)
  }
  const badCharacter = (end: number) => error(`bad character ${unicode(runeAt(input, end).rune)}`)

  const number = (): Token => {
    const first = match(numberForm)
    const bad = (end: number) => error(`bad number syntax: ${quote(input.slice(position, end))}`)
    if (isWord(input, first)) return bad(first + runeAt(input, first).size)
    if (input[first] !== '+' && input[first] !== '-') return token('number', first)
    numberForm.lastIndex = first
    numberForm.test(input)
    const second = numberForm.lastIndex
    if (isWord(input, second) || input[second - 1] !== 'i') return bad(second)
    return token('complex', second)
  }

  return () => (inAction ? nextInAction() : nextText())
}

/** `{{- `: the minus, and a space after it. */
function trimsLeft(input: string, index: number): boolean {
  return input[index] === '-' && isSpace(input[index + 1])
}

/** ` -}}` */
function trimsRight(input: string, index: number): boolean {
  return isSpace(input[index]) && input.startsWith('-}}', index + 1)
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n'
}

function trimmedEnd(text: string): number {
  let end = text.length
  while (isSpace(text[end - 1])) end -= 1
  return end
}

function skipSpaces(input: string, index: number): number {
  let end = index
  while (isSpace(input[end])) end += 1
  return end
}

/** Letters of any script, decimal digits and `_`. */
function isWord(input: string, index: number): boolean {
  if (index >= input.length) return false
  const { rune } = runeAt(input, index)
  return rune < 0x80 ? /\w/.test(String.fromCharCode(rune)) : /[\p{L}\p{Nd}]/u.test(String.fromCodePoint(rune))
}

function wordEnd(input: string, index: number): number {
  let end = index
  while (isWord(input, end)) end += runeAt(input, end).size
  return end
}

function endsWord(input: string, index: number): boolean {
  if (index >= input.length || input.startsWith('}}', index)) return true
  return isSpace(input[index]) || '.,|:)('.includes(input.charAt(index))
}

/** `U+0041 'A'` */
function unicode(rune: number): string {
  const text = String.fromCodePoint(rune)
  const shown = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(text) ? ` '${text}'` : ''
  return `U+${rune.toString(16).toUpperCase().padStart(4, '0')}${toText(shown)}`
}
