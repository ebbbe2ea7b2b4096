import { holders, type Chance, type Holder } from '../../../builders/fuzz.ts'
import { withBasics, type Grammar } from './grammar.ts'
import { changeCharacters } from './text.ts'

/**
 * Changes of JSON: members and items are left out, renamed, put elsewhere, taken from other seeds, replaced by values of other
 * kinds, nested deeply; texts in it are changed by `words`. `own` are values that mean something to the parser.
 */
export function jsonGrammar(own: readonly unknown[] = [], words: readonly string[] = []): Grammar<string> {
  const junk = [...usualJunk, ...own]
  const signs = [...plainSigns, '\\u0000', '\\ud800', 'null', '\u0000', 'é', '😀', '1e999', ...words]
  return withBasics(
    (random, seed, seeds) => changeJson(random, seed, { seeds, junk, signs }),
    (random, text) => changeCharacters(random, text, signs),
  )
}

const nested = (depth: number, inner: unknown = 0): unknown => {
  let value = inner
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

const plainSigns = '{}[]":,.-+eE019\\/ tfn'.split('')

const usualJunk: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  9007199254740992,
  '',
  ' ',
  'x',
  'constructor',
  '__proto__',
  '\u0000',
  'é',
  '\ud800',
  [],
  {},
  [null],
  [[]],
  { name: 'x' },
  'a'.repeat(5000),
  Array.from({ length: 300 }, (_, index) => index),
  nested(40),
  nested(2000),
  'so deep that it cannot be written by recursion',
]
const deepMark = '"so deep that it cannot be written by recursion"'
const deepText = `${'[{"a":'.repeat(10_000)}0${'}]'.repeat(10_000)}`

const strangeNames = ['__proto__', 'constructor', 'toString', '', 'length', 'é', 'NAME', '0']

type Others = {
  readonly seeds: readonly string[]
  readonly junk: readonly unknown[]
  readonly signs: readonly string[]
}

function changeJson(random: Chance, seed: string, { seeds, junk, signs }: Others): string {
  const root: { value: unknown } = { value: JSON.parse(seed) as unknown }
  const all = holders(root)
  for (let count = 1 + random.below(3); count > 0; count--) {
    const holder = random.pick(all)
    const key = keyIn(random, holder)
    const change = random.next()
    if (change < 0.2) remove(holder, key)
    else if (change < 0.45) set(holder, key, random.pick(junk))
    else if (change < 0.6) set(holder, key, fromAnother(random, random.pick(seeds)))
    else if (change < 0.7) set(random.pick(all), keyIn(random, random.pick(all)), copyOf(holder[key]))
    else if (change < 0.8) rename(random, holder, key)
    else if (typeof holder[key] === 'string') set(holder, key, changeCharacters(random, holder[key], signs))
    else if (Array.isArray(holder[key]))
      set(holder, key, [...(holder[key] as unknown[]), ...(holder[key] as unknown[])].slice(0, 600))
    else set(holder, key, [holder[key]])
  }
  return (JSON.stringify(root.value) ?? '').replace(deepMark, deepText)
}

function keyIn(random: Chance, holder: Holder): string {
  const keys = Object.keys(holder)
  return keys.length === 0 ? random.pick(strangeNames) : random.pick(keys)
}

function remove(holder: Holder, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
}

/** As JSON.parse does it: a member of its own, whatever its name. */
function set(holder: Holder, key: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d{1,3}$/.test(key)) return
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

/** Values that were put elsewhere may otherwise hold themselves. */
function copyOf(value: unknown): unknown {
  return typeof value === 'object' ? (JSON.parse(JSON.stringify(value) ?? 'null') as unknown) : value
}

function rename(random: Chance, holder: Holder, key: string): void {
  const value = holder[key]
  const name = random.pick([...strangeNames, key.toUpperCase(), key.toLowerCase(), `${key}s`])
  if (random.next() < 0.5) remove(holder, key)
  if (!Array.isArray(holder)) set(holder, name, value)
}

function fromAnother(random: Chance, seed: string): unknown {
  const holder = random.pick(holders({ value: JSON.parse(seed) as unknown }))
  return holder[keyIn(random, holder)]
}
