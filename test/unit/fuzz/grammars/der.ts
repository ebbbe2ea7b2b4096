import type { Chance } from '../../../builders/fuzz.ts'
import { replaced, withBasics, type Grammar } from './grammar.ts'

/**
 * Changes of DER: the tree of elements, also of those inside of OCTET and BIT STRINGs, is taken apart by a reader of its own,
 * changed and put together again with lengths that fit, or that just do not.
 */
export const derGrammar: Grammar<Uint8Array> = withBasics(changeTree, changeOctets)

type Element = {
  readonly tag: number
  /** What stands before the elements: the count of unused bits of a BIT STRING. */
  readonly prefix: Uint8Array
  /** The elements in it, or its octets. */
  readonly content: readonly Element[] | Uint8Array
  /** Elements of the tree from here down. */
  readonly size: number
}

/** Octets that change what DER means: tags, lengths at the edges, signs. */
const interesting = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x83,
  0x84, 0x85, 0xa0, 0xa3, 0xff,
]
const none = new Uint8Array()

function changeOctets(random: Chance, input: Uint8Array): Uint8Array {
  let result = input
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1)
    const octet = Uint8Array.of(random.next() < 0.5 ? random.pick(interesting) : random.below(256))
    const [end, by] = random.pick([
      [at + 1, octet],
      [at, octet],
      [at + 1 + random.below(4), none],
      [at, result.subarray(at, at + random.below(64))],
      [result.length, none],
    ] as const)
    result = replaced(result, at, end, by)
  }
  return result
}

const trees = new WeakMap<Uint8Array, Element>()

function treeOf(seed: Uint8Array): Element {
  const known = trees.get(seed)
  if (known !== undefined) return known
  const [tree, ...more] = elementsOf(seed) ?? []
  if (tree === undefined || more.length > 0) throw new Error('a seed is no DER')
  trees.set(seed, tree)
  return tree
}

function changeTree(random: Chance, seed: Uint8Array, seeds: readonly Uint8Array[]): Uint8Array {
  const tree = treeOf(seed)
  const parts: Uint8Array[] = []
  const chosen = new Set(Array.from({ length: 1 + random.below(3) }, () => random.below(tree.size)))
  const context = { random, seeds, chosen }
  write(tree, 0, context, parts)
  return Buffer.concat(parts)
}

type Changes = {
  readonly random: Chance
  readonly seeds: readonly Uint8Array[]
  /** Places in the tree, counted from the root down, that are changed. */
  readonly chosen: ReadonlySet<number>
}

/** Appends the octets of an element, changed or not; gives back how many. */
function write(element: Element, place: number, changes: Changes, parts: Uint8Array[]): number {
  const { chosen, random, seeds } = changes
  if (!chosen.has(place)) return writePlain(element, place, changes, parts)
  const change = random.pick(treeChanges)
  const before = parts.length
  change(element, { random, donor: () => anyElement(random, treeOf(random.pick(seeds))) }, parts)
  return parts.slice(before).reduce((sum, part) => sum + part.length, 0)
}

function writePlain(element: Element, place: number, changes: Changes, parts: Uint8Array[]): number {
  const { tag, prefix, content } = element
  const at = parts.push(none) - 1
  let length = prefix.length
  if (length > 0) parts.push(prefix)
  if (content instanceof Uint8Array) {
    parts.push(content)
    length += content.length
  } else {
    let next = place + 1
    for (const child of content) {
      length += write(child, next, changes, parts)
      next += child.size
    }
  }
  const header = headerOf(tag, length)
  parts[at] = header
  return header.length + length
}

type Tools = { readonly random: Chance; readonly donor: () => Element }
type TreeChange = (element: Element, tools: Tools, parts: Uint8Array[]) => void

const nobody: ReadonlySet<number> = new Set()

function plain(element: Element): Uint8Array {
  const parts: Uint8Array[] = []
  writePlain(element, 0, { random: undefined as never, seeds: [], chosen: nobody }, parts)
  return Buffer.concat(parts)
}

/** What a value may be to break who takes it for granted: empty, zero, negative, huge, no text, no time, no number. */
const values = [
  none,
  Uint8Array.of(0),
  Uint8Array.of(0x80),
  Uint8Array.of(0xff),
  Uint8Array.of(0, 0),
  new Uint8Array(33).fill(0x7f),
  new Uint8Array(2000).fill(0xff),
  Buffer.from('é\u0000.*@:/?#[]'),
  Buffer.from('991332250000Z'),
  Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80]),
]

const treeChanges: readonly TreeChange[] = [
  // Left out.
  () => undefined,
  // Twice.
  (element, _, parts) => void parts.push(plain(element), plain(element)),
  // Another in its place, or before it.
  (_, { donor }, parts) => void parts.push(plain(donor())),
  (element, { donor }, parts) => void parts.push(plain(donor()), plain(element)),
  // Another tag.
  (element, { random }, parts) => {
    parts.push(plain({ ...element, tag: random.pick(interesting) ^ (random.next() < 0.3 ? random.below(256) : 0) }))
  },
  // Another value.
  ({ tag }, { random }, parts) => {
    const value = random.pick(values)
    parts.push(headerOf(tag, value.length), value)
  },
  // Other octets in it.
  (element, { random }, parts) => {
    const value = changeOctets(random, contentOf(element))
    parts.push(headerOf(element.tag, value.length), value)
  },
  // Deep inside.
  (element, { random }, parts) => {
    let inner = plain(element)
    for (let depth = random.pick([1, 2, 30, 500]); depth > 0; depth--) {
      inner = Buffer.concat([headerOf(0x30, inner.length), inner])
    }
    parts.push(inner)
  },
  // In another order.
  (element, _, parts) => {
    const { content } = element
    parts.push(plain(content instanceof Uint8Array ? element : { ...element, content: content.toReversed() }))
  },
  // A length that is not the shortest, or none, or wrong by one.
  (element, { random }, parts) => {
    const value = contentOf(element)
    const length = value.length
    const head = random.pick([
      [0x83, 0, length >> 8, length],
      [0x84, 0, 0, length >> 8, length],
      [0x80],
      [0x84, 0xff, 0xff, 0xff, 0xff],
      [(length + 1) & 0x7f],
      [(length - 1) & 0x7f],
    ])
    parts.push(Uint8Array.of(element.tag, ...head), value)
  },
]

function contentOf(element: Element): Uint8Array {
  const whole = plain(element)
  return whole.subarray(headerOf(element.tag, lengthOf(whole)).length)
}

/** Of what follows the header, whose length octets fit. */
function lengthOf(whole: Uint8Array): number {
  const first = whole[1] ?? 0
  return first < 0x80 ? first : whole.length - 2 - (first & 0x7f)
}

function anyElement(random: Chance, tree: Element): Element {
  let left = random.below(tree.size)
  let element = tree
  while (left > 0 && !(element.content instanceof Uint8Array)) {
    left -= 1
    for (const child of element.content) {
      element = child
      if (left < child.size) break
      left -= child.size
    }
  }
  return element
}

function headerOf(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length)
  return Uint8Array.of(tag, 0x83, length >> 16, length >> 8, length)
}

/** The elements that these octets are made of; undefined if they are something else. */
function elementsOf(octets: Uint8Array): Element[] | undefined {
  const found: Element[] = []
  for (let at = 0; at < octets.length;) {
    const [tag = 0, first = 0] = octets.subarray(at, at + 2)
    const more = first < 0x80 ? 0 : first & 0x7f
    if (more > 3 || first === 0x80) return undefined
    let length = more === 0 ? first : 0
    for (const octet of octets.subarray(at + 2, at + 2 + more)) length = length * 256 + octet
    const start = at + 2 + more
    if (start + length > octets.length) return undefined
    found.push(elementOf(tag, octets.subarray(start, start + length)))
    at = start + length
  }
  return found
}

function elementOf(tag: number, octets: Uint8Array): Element {
  const prefix = octets.subarray(0, tag === 0x03 ? 1 : 0)
  const inner = octets.subarray(prefix.length)
  const holds = (tag & 0x20) !== 0 || ((tag === 0x03 || tag === 0x04) && inner[0] === 0x30)
  const content = holds ? elementsOf(inner) : undefined
  if (content === undefined || content.length === 0) return { tag, prefix: none, content: octets, size: 1 }
  return { tag, prefix, content, size: content.reduce((sum, { size }) => sum + size, 1) }
}
