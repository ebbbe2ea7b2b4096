import { generatePrimeSync } from 'node:crypto'
import type { Random } from '../../../core/clock.ts'
import { SignetError } from '../../../core/errors.ts'
import { randomUuid } from '../../../core/uuid.ts'
import { defineCommand } from '../../command.ts'
import { readInputText } from '../../files.ts'
import { incompatibleFlags, invalidFlag } from '../../usage-errors.ts'

const [digits, lower, upper] = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'] as const
const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at)).join('')

/** The characters of each format. */
const alphabets: Readonly<Record<string, string>> = {
  ascii: printable,
  alphanumeric: digits + upper + lower,
  alphabet: upper + lower,
  hex: '0123456789abcdef',
  hexadecimal: '0123456789abcdef',
  dec: digits,
  decimal: digits,
  lower,
  upper,
}

type Format = (random: Random, length: number) => string | Uint8Array

const die: Format = (random, sides) => `${below(random, sides) + 1}\n`

/** What is no text of so many characters. */
const others: Readonly<Record<string, Format>> = {
  raw: (random, length) => random.bytes(length),
  uuid: (random) => `${randomUuid(random)}\n`,
  die,
  dice: die,
  prime(_random, bits) {
    if (bits < 2 || bits > 8192) throw new SignetError('malformed', 'a prime has 2 to 8192 bits')
    return `${generatePrimeSync(bits, { bigint: true })}\n`
  },
}

/** What nobody needs; more would only fill the memory. */
const maximumLength = 16 * 1024 * 1024

/** `signet crypto rand`: random text. */
export const command = defineCommand({
  description:
    'Formats: ascii (unless given), alphanumeric, alphabet, hex, dec, lower, upper; raw for octets; die, prime, uuid.',
  arguments: [
    {
      name: 'length',
      description: 'characters, or words, octets, sides of the die, bits of the prime',
      optional: true,
    },
  ],
  flags: {
    format: { kind: 'string', placeholder: 'format', description: 'format of the text' },
    dictionary: { kind: 'file', aliases: ['dict'], placeholder: 'file', description: 'a file with words, one a line' },
  },
  withoutContext: true,
  examples: [
    { comment: 'A password of 32 characters', command: 'signet crypto rand' },
    { comment: '16 hexadecimal digits', command: 'signet crypto rand --format hex 16' },
  ],
  async run({ args: [given], flags, io }) {
    const { dictionary } = flags
    const format = flags.format?.toLowerCase()
    if (dictionary !== undefined && format !== undefined) throw incompatibleFlags('format', 'dictionary')
    const isShort = dictionary !== undefined || format === 'die' || format === 'dice'
    const length = given === undefined ? (isShort ? 6 : 32) : readLength(given)
    if (dictionary !== undefined) {
      const words = (await readInputText(io, dictionary)).replace(/\n$/, '').split('\n')
      io.out(
        `${choose(
          io.random,
          words.map((word) => word.trim()),
          length,
        ).join('-')}\n`,
      )
      return
    }
    io.out(randomText(io.random, format ?? 'ascii', length))
  },
})

function readLength(given: string): number {
  if (!/^[+-]?\d+$/.test(given)) throw wrongLength(given, 'is not a valid number')
  const length = Number(given)
  if (length <= 0) throw wrongLength(given, 'must be greater than 0')
  if (length > maximumLength) throw wrongLength(given, `must be at most ${maximumLength}`)
  return length
}

const wrongLength = (given: string, problem: string): SignetError =>
  new SignetError('malformed', `positional argument <length> ${JSON.stringify(given)} ${problem}`)

function randomText(random: Random, format: string, length: number): string | Uint8Array {
  const other = Object.hasOwn(others, format) ? others[format] : undefined
  if (other !== undefined) return other(random, length)
  const alphabet = Object.hasOwn(alphabets, format) ? alphabets[format] : undefined
  if (alphabet === undefined)
    throw invalidFlag('format', format, `options are ${Object.keys({ ...alphabets, ...others }).join(', ')}`)
  return `${choose(random, alphabet.split(''), length).join('')}\n`
}

const choose = (random: Random, items: readonly string[], count: number): string[] =>
  Array.from({ length: count }, () => items[below(random, items.length)] ?? '')

/** A number from 0, each as likely as the other: what lies above the last whole multiple is drawn again. */
function below(random: Random, limit: number): number {
  const whole = 2 ** 32 - (2 ** 32 % limit)
  for (;;) {
    const drawn = Buffer.from(random.bytes(4)).readUInt32BE()
    if (drawn < whole) return drawn % limit
  }
}
