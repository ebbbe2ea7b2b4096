import { parseDuration } from '../core/duration.ts'
import { SignetError } from '../core/errors.ts'
import { keyAlgorithms, type KeyAlgorithm } from '../core/x509/key-algorithm.ts'

/**
 * What a pod's annotations wish for. Both prefixes are read: ours, and autocert's eight for pods that were written for it.
 * A pod may carry both, so that a manifest works before and after a migration; the same thing said under both prefixes
 * must be the same value. Where the files go follows the name: with `autocert.step.sm/name` to autocert's directory, else
 * to ours.
 */

const ours = 'signet.dev/'
const autocerts = 'autocert.step.sm/'

/** Set on every pod that was injected; autocert and the webhook's matchConditions leave such a pod alone. */
export const autocertStatus = `${autocerts}status`
export const ownStatus = `${ours}status`
export const injected = 'injected'

const directories = { [ours]: '/var/run/signet.dev', [autocerts]: '/var/run/autocert.step.sm' } as const

/** What can be said, and under which prefixes. */
const words = {
  name: [ours, autocerts],
  sans: [ours, autocerts],
  duration: [ours, autocerts],
  'key-algorithm': [ours],
  authority: [ours],
  'bootstrapper-only': [autocerts],
  owner: [autocerts],
  mode: [autocerts],
  // Accepted without effect: the injected containers always come first.
  'init-first': [autocerts],
} as const satisfies Record<string, readonly string[]>

type Word = keyof typeof words
/** A value, and the annotation that it comes from. */
export type Said = { readonly key: string; readonly value: string }

/** The names and settings that a pod asks for; names are as given, before substitution. */
export type Wish = {
  /** Absolute path of the directory of the files. */
  readonly directory: string
  /** Becomes the common name too. */
  readonly name?: Said
  readonly sans: readonly Said[]
  /** Go duration. */
  readonly duration?: string
  readonly keyAlgorithm: KeyAlgorithm
  readonly authority?: string
  readonly bootstrapperOnly: boolean
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Permission bits of the files. */
  readonly mode?: number
}

/** `none`: nothing asks for a certificate; `why` says what is missing where something half asks for one. */
export type Reading = { readonly kind: 'none'; readonly why?: string } | { readonly kind: 'wish'; readonly wish: Wish }

/** Most items of `sans`: far above any use, and the whole wish stays below the length that the authority reads. */
const mostNames = 50
const largestId = 2_147_483_647
const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Reads a pod's annotations. Fails with `malformed`, naming the annotation, for a value that cannot be followed. */
export function readAnnotations(annotations: Readonly<Record<string, string>>): Reading {
  refuseUnknown(annotations)
  const said = (word: Word) => sayingOf(annotations, word)
  const hasAutocertName = (annotations[`${autocerts}name`] ?? '') !== ''
  const hasOwn = Object.keys(annotations).some((key) => key.startsWith(ours))
  if (!hasAutocertName && !hasOwn) {
    const half = Object.keys(annotations).some((key) => key.startsWith(autocerts) && key !== autocertStatus)
    return { kind: 'none', ...(half && { why: `${autocerts}name is not set, so no certificate is injected` }) }
  }
  return { kind: 'wish', wish: { directory: directories[hasAutocertName ? autocerts : ours], ...parse(said) } }
}

function parse(said: (word: Word) => Said | undefined): Omit<Wish, 'directory'> {
  const read = <T>(word: Word, parser: (saying: Said) => T): T | undefined => {
    const saying = said(word)
    return saying && parser(saying)
  }
  const name = said('name')
  const duration = read('duration', parseDurationText)
  const authority = read('authority', parseAuthority)
  const owner = read('owner', parseOwner)
  const mode = read('mode', parseMode)
  return {
    sans: read('sans', parseList) ?? [],
    keyAlgorithm: read('key-algorithm', parseKeyAlgorithm) ?? 'EC-P256',
    bootstrapperOnly: read('bootstrapper-only', parseFlag) ?? false,
    ...(name && { name }),
    ...(duration !== undefined && { duration }),
    ...(authority !== undefined && { authority }),
    ...(owner && { owner }),
    ...(mode !== undefined && { mode }),
  }
}

/** Misspelt annotations of ours would be ignored in silence; those of autocert always were. */
function refuseUnknown(annotations: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(annotations).filter((key) => key.startsWith(ours))) {
    const word = key.slice(ours.length)
    if (Object.hasOwn(words, word) && isSaidUnder(word as Word, ours)) continue
    if (key === ownStatus) throw wrong(key, 'is set by signet and must not be set by hand: remove it')
    throw wrong(key, `is not known: known are ${wordsOf(ours)}`)
  }
}

function isSaidUnder(word: Word, prefix: string): boolean {
  return words[word].some((allowed) => allowed === prefix)
}

function wordsOf(prefix: string): string {
  const known = (Object.keys(words) as Word[]).filter((word) => isSaidUnder(word, prefix))
  return known.map((word) => `${prefix}${word}`).join(', ')
}

/** The one value of a word. An empty value of autocert's counts as not set, as it does there; ours must say something. */
function sayingOf(annotations: Readonly<Record<string, string>>, word: Word): Said | undefined {
  const sayings = words[word].flatMap((prefix): Said[] => {
    const value = annotations[`${prefix}${word}`]
    if (value === undefined || (value === '' && prefix === autocerts)) return []
    if (value.trim() === '') throw wrong(`${prefix}${word}`, 'must not be empty: remove it or give it a value')
    return [{ key: `${prefix}${word}`, value }]
  })
  const [first, second] = sayings
  if (first && second && first.value !== second.value) {
    throw wrong(
      first.key,
      `is ${JSON.stringify(first.value)} but ${second.key} is ${JSON.stringify(second.value)}: make them equal or remove one`,
    )
  }
  return first
}

function parseList({ key, value }: Said): Said[] {
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (items.length > mostNames) throw wrong(key, `has ${items.length} names: at most ${mostNames} are allowed`)
  return items.map((item) => ({ key, value: item }))
}

function parseDurationText({ key, value }: Said): string {
  const text = value.trim()
  if (!isPositiveDuration(text))
    throw wrong(key, `is ${JSON.stringify(value)}: must be a duration longer than zero such as 24h or 90m`)
  return text
}

function isPositiveDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0
  } catch {
    return false
  }
}

function parseKeyAlgorithm({ key, value }: Said): KeyAlgorithm {
  const found = keyAlgorithms.find((algorithm) => algorithm === value)
  if (found === undefined) throw wrong(key, `is ${JSON.stringify(value)}: must be one of ${keyAlgorithms.join(', ')}`)
  return found
}

function parseAuthority({ key, value }: Said): string {
  if (value.length > 253 || !objectName.test(value))
    throw wrong(key, `is ${JSON.stringify(value)}: must be the name of an Authority`)
  return value
}

function parseFlag({ key, value }: Said): boolean {
  if (value !== 'true' && value !== 'false') throw wrong(key, `is ${JSON.stringify(value)}: must be true or false`)
  return value === 'true'
}

function parseOwner({ key, value }: Said): { uid: number; gid: number } {
  const [uid = Number.NaN, gid = Number.NaN] = /^\d{1,10}:\d{1,10}$/.test(value) ? value.split(':').map(Number) : []
  if (!(uid <= largestId && gid <= largestId)) {
    throw wrong(key, `is ${JSON.stringify(value)}: must be uid:gid in numbers, such as 1000:1000`)
  }
  return { uid, gid }
}

function parseMode({ key, value }: Said): number {
  if (!/^0?[0-7]{3}$/.test(value))
    throw wrong(key, `is ${JSON.stringify(value)}: must be three octal digits, such as 0640`)
  const mode = Number.parseInt(value, 8)
  if ((mode & 0o400) === 0)
    throw wrong(key, `is ${JSON.stringify(value)}: the owner must be able to read, or nothing could be renewed`)
  return mode
}

function wrong(key: string, what: string): SignetError {
  return new SignetError('malformed', `annotation ${key} ${what}`, { path: key, reason: 'BadRequest' })
}
