import { SignetError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { readSecretInput } from '../secret-input.ts'

/** `signet base64`: encodes and decodes (RFC 4648 §4 and §5). */
export const command = defineCommand({
  description: 'Without arguments it reads standard input. When it decodes, it sees by itself which alphabet it is.',
  arguments: [{ name: 'text', description: 'what is encoded or decoded', optional: true, repeats: true }],
  flags: {
    decode: { kind: 'bool', aliases: ['d'], description: 'decode', commandLineOnly: true },
    raw: { kind: 'bool', aliases: ['r'], description: 'without padding', commandLineOnly: true },
    url: {
      kind: 'bool',
      aliases: ['u'],
      description: 'the alphabet for URLs and names of files',
      commandLineOnly: true,
    },
  },
  withoutContext: true,
  examples: [
    { comment: 'Encode a text', command: 'signet base64 This is the string to encode' },
    { comment: 'Read the claims of a token', command: 'cut -d. -f2 token.txt | signet base64 -d -u -r' },
  ],
  async run({ args, flags, isGiven, io }) {
    const label = `Please enter text to ${flags.decode ? 'decode' : 'encode'}`
    const data = args.length > 0 ? Buffer.from(args.join(' ')) : await readSecretInput(io, label)
    if (!flags.decode) return io.out(`${encode(data, flags)}\n`)
    const text = Buffer.from(data).toString('latin1')
    const isSaid = isGiven('raw') || isGiven('url')
    io.out(decode(text, isSaid ? flags : { raw: !text.trim().endsWith('='), url: /[-_]/.test(text) }))
  },
})

type Alphabet = { readonly raw: boolean; readonly url: boolean }

function encode(data: Uint8Array, { raw, url }: Alphabet): string {
  const text = Buffer.from(data).toString('base64')
  const padded = url ? text.replaceAll('+', '-').replaceAll('/', '_') : text
  return raw ? padded.replace(/=+$/, '') : padded
}

/** Line ends are skipped; everything else that does not belong there is an error, where Node would skip it. */
function decode(text: string, { raw, url }: Alphabet): Uint8Array {
  const line = text.replaceAll(/[\r\n]/g, '')
  const digits = raw ? line : line.replace(/={1,2}$/, '')
  const wrong = digits.search(url ? /[^A-Za-z0-9_-]/ : /[^A-Za-z0-9+/]/)
  const isComplete = raw ? digits.length % 4 !== 1 : line.length % 4 === 0 && line.length - digits.length < 3
  if (wrong < 0 && isComplete) return Buffer.from(digits, 'base64')
  const at = wrong < 0 ? line.length : wrong
  throw new SignetError('malformed', `error decoding input: illegal base64 data at input byte ${at}`)
}
