import { RE2JS } from 're2js'
import type { Budget } from '../engine/budget.ts'
import { toOctets, toText } from '../engine/byte-text.ts'
import { count, octetsPerItem, row, text, type Call, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { GoList, texts, type Value } from '../engine/values.ts'

/** Regular expressions in RE2's syntax, in time linear in the text: RegExp would let a pattern stop the process. */

/** Longest pattern. */
const maxPattern = 1000

type Match = { readonly start: number; readonly end: number; readonly groups: readonly (string | undefined)[] }

/** A function on a pattern and a text. */
function matching(use: (regex: Regex, ...more: Value[]) => Value): Call {
  return ([pattern, ...more], { budget }) => use(compile(text(pattern), budget), ...more)
}

function rows(name: string, parameters: string, call: Call): TemplateFunction[] {
  return [row(name, parameters, call), row(`mustR${name.slice(1)}`, parameters, call)]
}

/** sprig's functions of regular expressions. */
export const regexFunctions: readonly TemplateFunction[] = [
  row('regexMatch', 'string string', ([pattern, s], { budget }) => {
    try {
      return compile(text(pattern), budget).find(toText(text(s)), 1).length > 0
    } catch (error) {
      if (error instanceof FunctionError && error.kind === 'execute') return false
      throw error
    }
  }),
  row(
    'mustRegexMatch',
    'string string',
    matching((regex, s) => regex.find(toText(text(s)), 1).length > 0),
  ),
  ...rows(
    'regexFind',
    'string string',
    matching((regex, s) => {
      const plain = toText(text(s))
      const [match] = regex.find(plain, 1)
      return match === undefined ? '' : toOctets(plain.slice(match.start, match.end))
    }),
  ),
  ...rows(
    'regexFindAll',
    'string string int',
    matching((regex, s, most) => {
      const plain = toText(text(s))
      const found = regex.find(plain, count(most))
      if (found.length === 0) return new GoList([], 'string', { isNil: true })
      return texts(found.map(({ start, end }) => toOctets(plain.slice(start, end))))
    }),
  ),
  ...rows(
    'regexReplaceAll',
    'string string string',
    matching((regex, s, replacement) =>
      regex.replace(toText(text(s)), (match) => expand(toText(text(replacement)), match, regex)),
    ),
  ),
  ...rows(
    'regexReplaceAllLiteral',
    'string string string',
    matching((regex, s, replacement) => regex.replace(toText(text(s)), () => toText(text(replacement)))),
  ),
  ...rows(
    'regexSplit',
    'string string int',
    matching((regex, s, most) => split(regex, toText(text(s)), count(most))),
  ),
  row('regexQuoteMeta', 'string', ([s]) => text(s).replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
]

type Regex = {
  readonly pattern: string
  readonly names: Readonly<Record<string, number>>
  /** Matches from the left, at most so many; all where that is negative. */
  find(plain: string, most: number): Match[]
  replace(plain: string, replacement: (match: Match) => string): string
}

function compile(pattern: string, budget: Budget): Regex {
  if (pattern.length > maxPattern) throw new FunctionError(`a pattern is longer than ${maxPattern} octets`, 'limit')
  budget.step(1 + pattern.length)
  const plainPattern = toText(pattern)
  const regex = parsePattern(plainPattern)
  const size = regex.programSize()
  const find = (plain: string, most: number): Match[] => {
    const matches: Match[] = []
    const matcher = regex.matcher(plain)
    budget.step(1 + Math.ceil((size * plain.length) / 16))
    let position = 0
    let previousEnd = -1
    while (position <= plain.length && matches.length !== most) {
      // Each match looks at the rest of the text once at most, but nothing keeps it from doing so each time.
      budget.step(1 + Math.ceil((plain.length - position) / 64))
      if (!matcher.find(position)) break
      const [start, end] = [matcher.start(), matcher.end()]
      // An empty match that touches the one before does not count.
      const counts = end !== position || start !== previousEnd
      if (end === position) position += (plain.codePointAt(position) ?? 0) > 0xffff ? 2 : 1
      else position = end
      previousEnd = end
      if (!counts) continue
      budget.allocate((1 + matcher.groupCount()) * octetsPerItem)
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined)
      matches.push({ start, end, groups })
    }
    return matches
  }
  return {
    pattern: plainPattern,
    names: regex.namedGroups(),
    find,
    replace(plain, replacement) {
      const parts: string[] = []
      let end = 0
      for (const match of find(plain, -1)) {
        const made = replacement(match)
        budget.allocate(made.length)
        parts.push(plain.slice(end, match.start), made)
        end = match.end
      }
      return toOctets([...parts, plain.slice(end)].join(''))
    },
  }
}

function parsePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new FunctionError(`error parsing regexp: ${toOctets(error instanceof Error ? error.message : pattern)}`)
  }
}

/** Go's Expand: `$1`, `${name}`, the longest name counts; unknown ones are empty. */
function expand(replacement: string, { groups }: Match, { names }: Regex): string {
  return replacement.replace(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (all, bare: string | undefined, braced: string | undefined) => {
      if (all === '$$') return '$'
      const name = bare ?? braced ?? ''
      const index = /^\d+$/.test(name) ? Number(name) : names[name]
      return (index === undefined ? undefined : groups[index]) ?? ''
    },
  )
}

/** Go's Regexp.Split. */
function split(regex: Regex, plain: string, most: number): GoList {
  if (most === 0) return new GoList([], 'string', { isNil: true })
  if (regex.pattern !== '' && plain === '') return texts([''])
  const parts: string[] = []
  let start = 0
  let end = 0
  for (const match of regex.find(plain, most)) {
    if (most > 0 && parts.length === most - 1) break
    end = match.start
    if (match.end !== 0) parts.push(plain.slice(start, end))
    start = match.end
  }
  if (end !== plain.length) parts.push(plain.slice(start))
  return texts(parts.map(toOctets))
}
