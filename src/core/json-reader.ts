import { SignetError } from './errors.ts'

/**
 * Reads JSON of unknown shape into typed values and collects every fault with its path, so that who wrote it sees all of
 * them at once. Readers return a harmless value in place of a faulty one; `readJson` throws at the end if there was any.
 */

/** One value in the document, and where it stands. */
export type JsonNode = {
  readonly value: unknown
  readonly path: string
  readonly faults: Fault[]
  /** The objects that were read as Go reads them, each with where it stands and the members that were asked for. */
  readonly read: Map<object, ReadObject>
}

type ReadObject = { readonly path: string; readonly known: Set<string> }

export type Fault = { readonly path: string; readonly message: string }

/** How the members of an object are found. Go's decoder, and so step, takes any case and skips members it does not know. */
export type MemberRule = 'exact' | 'as Go'

/** The members of an object by name. */
export type Members = {
  /** undefined where the member is absent or null. */
  get(name: string): JsonNode | undefined
  /** Adds a fault where the member is absent or null. */
  need(name: string): JsonNode
}

/**
 * What `read` makes of `value`; `malformed` with all faults, the first one's path as the path, if there are any. `named`
 * says how paths are called for who wrote the value in another form.
 */
export function readJson<T>(
  value: unknown,
  path: string,
  read: (node: JsonNode) => T,
  named: (path: string) => string = (same) => same,
): T {
  const found: Fault[] = value === undefined ? [{ path, message: 'is missing' }] : []
  const result = read({ value, path, faults: found, read: new Map() })
  const faults = found.map((fault) => ({ ...fault, path: named(fault.path) }))
  const [first] = faults
  if (first === undefined) return result
  const message = faults.map((fault) => `${fault.path === '' ? '' : `${fault.path} `}${fault.message}`).join('; ')
  throw new SignetError('malformed', message, { path: first.path })
}

/** Of one value that many are told: to compare each fault with all others, and to log them, is work for the sender's benefit only. */
const mostFaults = 100

/**
 * Adds a fault at this place, once. The message goes on from the path: `must be a text`. After 100 only that there are more is
 * told.
 */
export function addFault(node: JsonNode, message: string): void {
  const { path, faults } = node
  if (faults.length > mostFaults || faults.some((fault) => fault.path === path && fault.message === message)) return
  faults.push(faults.length < mostFaults ? { path, message } : { path: '', message: 'and more is wrong than is told' })
}

/** Members, other than null, of objects that were read as Go reads them, which nobody has asked for: in order of reading. */
export function unreadMembers(node: JsonNode): { readonly path: string; readonly value: unknown }[] {
  return [...node.read].flatMap(([object, { path, known }]) =>
    Object.entries(object)
      .filter(([name, value]) => value !== null && !known.has(name.toLowerCase()))
      .map(([name, value]: [string, unknown]) => ({ path: path === '' ? name : `${path}.${name}`, value })),
  )
}

/**
 * The members of an object. With `exact`, a member that is not in `known` is a fault. With `as Go`, one that is there in two
 * spellings is a fault: Go reads both, one over the other, and of a rule in the first something may be left or nothing.
 */
export function readMembers(node: JsonNode, known: readonly string[], rule: MemberRule): Members {
  const members = new Map<string, unknown>()
  if (!isObject(node.value)) {
    if (node.value !== undefined) addFault(node, 'must be an object')
  } else {
    if (rule === 'as Go') noteKnown(node, node.value, known)
    for (const [spelling, value] of Object.entries(node.value)) {
      const name = known.includes(spelling) ? spelling : rule === 'as Go' ? inAnyCase(known, spelling) : undefined
      if (name !== undefined && value !== null && (members.get(name) ?? null) !== null) {
        addFault(childOf(node, name, value), 'is there twice, in different letters: put both into one')
      }
      if (name !== undefined) members.set(name, value ?? members.get(name))
      else if (rule === 'exact') addFault(childOf(node, spelling, value), 'is not known')
    }
  }
  const get = (name: string): JsonNode | undefined => {
    const value = members.get(name) ?? undefined
    return value === undefined ? undefined : childOf(node, name, value)
  }
  return {
    get,
    need(name) {
      const absent = childOf(node, name, undefined)
      // Where the object itself is missing, that is the fault.
      return get(name) ?? (node.value === undefined ? absent : missing(absent))
    },
  }
}

function noteKnown({ path, read }: JsonNode, object: object, known: readonly string[]): void {
  const noted = read.get(object) ?? { path, known: new Set<string>() }
  for (const name of known) noted.known.add(name.toLowerCase())
  read.set(object, noted)
}

function inAnyCase(known: readonly string[], spelling: string): string | undefined {
  const lower = spelling.toLowerCase()
  return known.find((name) => name.toLowerCase() === lower)
}

/** A text; the empty text and a fault where it is none. */
export function readText(node: JsonNode): string {
  if (typeof node.value === 'string') return node.value
  if (node.value !== undefined) addFault(node, 'must be a text')
  return ''
}

/** A text that is not empty. */
export function readWord(node: JsonNode): string {
  const text = readText(node)
  if (text === '' && typeof node.value === 'string') addFault(node, 'must not be empty')
  return text
}

export function readFlag(node: JsonNode): boolean {
  if (typeof node.value === 'boolean') return node.value
  if (node.value !== undefined) addFault(node, 'must be true or false')
  return false
}

/** A whole number from `minimum` to `maximum`. */
export function readInteger(node: JsonNode, minimum: number, maximum: number): number {
  const { value } = node
  if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value
  if (value !== undefined) addFault(node, `must be a whole number from ${minimum} to ${maximum}`)
  return minimum
}

/** A list, each item by `read`. */
export function readList<T>(node: JsonNode, read: (item: JsonNode) => T): T[] {
  if (Array.isArray(node.value)) {
    return node.value.map((value: unknown, index) => read({ ...node, value, path: `${node.path}[${index}]` }))
  }
  if (node.value !== undefined) addFault(node, 'must be a list')
  return []
}

/** One of `words`, in this case. */
export function readChoice<Word extends string>(node: JsonNode, words: readonly [Word, ...Word[]]): Word {
  const found = words.find((word) => word === node.value)
  if (found === undefined && node.value !== undefined) addFault(node, `must be one of ${words.join(', ')}`)
  return found ?? words[0]
}

/** What `parse` makes of a text; its SignetError becomes a fault here. `otherwise` stands in for a faulty one. */
export function readParsed<T>(node: JsonNode, parse: (text: string) => T, otherwise: T): T {
  if (typeof node.value !== 'string') {
    readText(node)
    return otherwise
  }
  try {
    return parse(node.value)
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    addFault(node, `is not valid: ${error.message}`)
    return otherwise
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function childOf(node: JsonNode, name: string, value: unknown): JsonNode {
  return { ...node, value, path: node.path === '' ? name : `${node.path}.${name}` }
}

function missing(node: JsonNode): JsonNode {
  addFault(node, 'is missing')
  return node
}
