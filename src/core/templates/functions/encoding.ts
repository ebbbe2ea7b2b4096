import { randomUuid } from '../../uuid.ts'
import { row, count, text, type FunctionContext, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { fromRunes, runesOf } from '../engine/byte-text.ts'
import { int } from '../engine/values.ts'

/** Base64, base32, and what is random. */
export const encodingFunctions: readonly TemplateFunction[] = [
  row('b64enc', 'string', ([s]) => Buffer.from(text(s), 'latin1').toString('base64')),
  row('b64dec', 'string', ([s]) => decodeBase64(text(s)).text),
  row('b32enc', 'string', ([s]) => encodeBase32(text(s))),
  row('b32dec', 'string', ([s]) => decodeBase32(text(s))),
  row('randAlphaNum', 'int', randomText(/[A-Za-z0-9]/)),
  row('randAlpha', 'int', randomText(/[A-Za-z]/)),
  row('randAscii', 'int', randomText(/[ -~]/)),
  row('randNumeric', 'int', randomText(/[0-9]/)),
  row('randInt', 'int int', ([least, most], context) => {
    const span = count(most) - count(least)
    if (span <= 0) throw new FunctionError('invalid argument to Intn')
    return int(count(least) + below(span, context))
  }),
  row('randBytes', 'int', ([size], { random, budget }) => {
    if (count(size) < 0) throw new FunctionError('runtime error: makeslice: len out of range')
    budget.allocate(count(size))
    return Buffer.from(random.bytes(count(size))).toString('base64')
  }),
  row('shuffle', 'string', ([s], context) => shuffled(runesOf(text(s)), context)),
  row('uuidv4', '', (_, { random }) => randomUuid(random)),
]

/** A random integer from 0 to before `limit`, without bias that matters: 53 bits are drawn. */
function below(limit: number, { random }: FunctionContext): number {
  const bits = Buffer.from(random.bytes(7)).readUIntBE(0, 6)
  return Math.floor((bits / 2 ** 48) * limit)
}

function randomText(form: RegExp) {
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((one) => form.test(one))
  return ([size]: readonly unknown[], context: FunctionContext): string => {
    const length = count(size as Parameters<typeof count>[0])
    // What sprig does with a negative count.
    if (length <= 0) return ''
    context.budget.allocate(length * 8)
    return Array.from({ length }, () => characters[below(characters.length, context)]).join('')
  }
}

function shuffled(runes: number[], context: FunctionContext): string {
  context.budget.allocate(runes.length * 8)
  for (let last = runes.length - 1; last > 0; last -= 1) {
    const other = below(last + 1, context)
    const [a = 0, b = 0] = [runes[last], runes[other]]
    runes[last] = b
    runes[other] = a
  }
  return fromRunes(runes)
}

/** Standard base64, line ends ignored; otherwise `text` says what is wrong, as sprig answers. */
export function decodeBase64(encoded: string): { readonly text: string; readonly isValid: boolean } {
  const plain = encoded.replace(/[\r\n]/g, '')
  const at = faultOf(plain)
  if (at >= 0) return { text: `illegal base64 data at input byte ${at}`, isValid: false }
  return { text: Buffer.from(plain, 'base64').toString('latin1'), isValid: true }
}

/** Where Go's decoder stops; -1 where it does not. */
function faultOf(plain: string): number {
  const body = /^[A-Za-z0-9+/]*/.exec(plain)?.[0].length ?? 0
  const inQuantum = body % 4
  if (body === plain.length) return inQuantum === 0 ? -1 : body - inQuantum
  if (plain[body] !== '=' || inQuantum < 2) return body
  if (inQuantum === 3) return body + 1 === plain.length ? -1 : body + 1
  if (body + 1 === plain.length) return plain.length
  if (plain[body + 1] !== '=') return body
  return body + 2 === plain.length ? -1 : body + 2
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function encodeBase32(s: string): string {
  const bits = Array.from(s, (octet) => octet.charCodeAt(0).toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  const encoded = groups.map((group) => base32.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')
  return encoded.padEnd(Math.ceil(encoded.length / 8) * 8, '=')
}

function decodeBase32(encoded: string): string {
  const plain = encoded.replace(/[\r\n]/g, '')
  const body = /^[A-Z2-7]*/.exec(plain)?.[0].length ?? 0
  const padding = (8 - (body % 8)) % 8
  const isWhole = plain.length === body + padding && /^=*$/.test(plain.slice(body)) && [0, 1, 3, 4, 6].includes(padding)
  if (!isWhole) return `illegal base32 data at input byte ${body < plain.length ? body : body - (body % 8)}`
  const bits = Array.from(plain.slice(0, body), (one) => base32.indexOf(one).toString(2).padStart(5, '0')).join('')
  return (bits.match(/.{8}/g) ?? []).map((octet) => String.fromCharCode(Number.parseInt(octet, 2))).join('')
}
