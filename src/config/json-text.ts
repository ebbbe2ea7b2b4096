import { SignetError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'

/**
 * The value of a text in JSON; `malformed` if it is none, or if an object in it has one member twice, for which JSON.parse
 * forgets the first and Go takes both together: a rule in it would be gone without a word. No message quotes a value, which
 * may be a password. `name` opens them.
 */
export function parseJsonText(text: string, name: string): unknown {
  const value = parse(text, name)
  const path = repeatedMember(text)
  if (path === undefined) return value
  throw new SignetError('malformed', `${path} is there twice: put both into one`, { path })
}

function parse(text: string, name: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    const [what = 'not valid JSON'] = /^nested .*/.exec(said) ?? []
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(said)
    throw new SignetError('malformed', `${name} is ${what}${place === null ? '' : ` ${place[0]}`}`)
  }
}

/** An object or a list that is open: where it stands, and what of it was seen. */
type Open = { readonly path: string; readonly names: Set<string> | undefined; index: number; name: string | undefined }

/** The path of the first member that its object has a second time. `text` is known to be JSON. */
function repeatedMember(text: string): string | undefined {
  const open: Open[] = []
  for (const token of tokensOf(text)) {
    const inner = open.at(-1)
    if (token === '{' || token === '[') {
      open.push({ path: pathWithin(inner), names: token === '{' ? new Set() : undefined, index: 0, name: undefined })
    } else if (token === '}' || token === ']') open.pop()
    else if (token === ',') {
      if (inner === undefined) continue
      inner.index++
      inner.name = undefined
    } else if (inner?.names !== undefined && inner.name === undefined) {
      inner.name = JSON.parse(token) as string
      if (inner.names.has(inner.name)) return pathWithin(inner)
      inner.names.add(inner.name)
    }
  }
  return undefined
}

/** Strings with their quotes, brackets and commas: what tells members apart. */
function* tokensOf(text: string): Generator<string> {
  const beginning = /["{}[\],]/g
  for (let found = beginning.exec(text); found !== null; found = beginning.exec(text)) {
    if (found[0] === '"') beginning.lastIndex = endOfString(text, found.index)
    yield text.slice(found.index, beginning.lastIndex)
  }
}

/** By search and not by one expression for all of it, whose backtracking overflows the stack in a string of some MiB. */
function endOfString(text: string, start: number): number {
  const next = /["\\]/g
  next.lastIndex = start + 1
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '"') return next.lastIndex
    next.lastIndex += 1
  }
  return text.length
}

function pathWithin(open: Open | undefined): string {
  if (open === undefined) return ''
  if (open.names === undefined) return `${open.path}[${open.index}]`
  return open.path === '' ? (open.name ?? '') : `${open.path}.${open.name}`
}
