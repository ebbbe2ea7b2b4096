import { SignetError } from '../../../../core/errors.ts'
import { toHex } from '../../../../core/bytes.ts'
import { signJwt, type Members } from '../../../../core/jose/jwt.ts'
import { isObject } from '../../../../core/json-reader.ts'
import { parseJson } from '../../../../core/json.ts'
import { defineCommand } from '../../../command.ts'
import { readInputText } from '../../../files.ts'
import { keyChoiceFlags, passwordFileFlag, subtleFlag } from '../../../flags.ts'
import type { CliIo } from '../../../io.ts'
import { choosePrivateKey } from '../../../keys.ts'
import { invalidFlag } from '../../../usage-errors.ts'

/** Octets of a random `jti`, as many as `step` takes. */
const idOctets = 32

/** `signet crypto jwt sign`: makes a token (RFC 7519 §7.1). */
export const command = defineCommand({
  description:
    'More claims are read as JSON from the file, or from standard input. A random jti is added, nbf and iat are now.',
  arguments: [{ name: 'file', description: 'JSON with more claims; - is standard input', optional: true }],
  flags: {
    ...keyChoiceFlags,
    ...passwordFileFlag,
    ...subtleFlag,
    alg: {
      kind: 'string',
      aliases: ['algorithm'],
      placeholder: 'algorithm',
      description: 'algorithm of the signature',
    },
    iss: { kind: 'string', aliases: ['issuer'], placeholder: 'issuer', description: 'who makes the token' },
    aud: { kind: 'strings', aliases: ['audience'], placeholder: 'audience', description: 'for whom the token is' },
    sub: { kind: 'string', aliases: ['subject'], placeholder: 'subject', description: 'of whom the token speaks' },
    exp: { kind: 'int', aliases: ['expiration'], placeholder: 'seconds', description: 'end, in seconds since 1970' },
    nbf: { kind: 'int', aliases: ['not-before'], placeholder: 'seconds', description: 'start, in seconds since 1970' },
    iat: {
      kind: 'int',
      aliases: ['issued-at'],
      placeholder: 'seconds',
      description: 'when it was made, in seconds since 1970',
    },
    jti: { kind: 'string', aliases: ['jwt-id'], placeholder: 'id', description: 'id of the token' },
    header: { kind: 'strings', placeholder: 'name=value', description: 'a member of the header' },
    'no-kid': { kind: 'bool', description: 'without the id of the key', hidden: true },
  },
  examples: [
    {
      comment: 'A token for five minutes',
      command:
        'signet crypto jwt sign --key key.json --iss me --aud https://example.test --sub you --exp $(date -d "+5 minutes" +%s)',
    },
  ],
  async run({ args: [file], flags, io }) {
    const { key, jwks, kid, alg, subtle, 'password-file': passwordFile } = flags
    const payload = await readPayload(io, file)
    const found = await choosePrivateKey(io, { key, jwks, kid, alg, subtle, passwordFile, use: 'sig' })
    const now = Math.floor(io.clock.now() / 1000)
    if (!subtle) checkClaims(flags, now)
    const claims = {
      ...present({ iss: flags.iss, sub: flags.sub, exp: flags.exp }),
      ...(flags.aud.length > 0 && { aud: flags.aud.length === 1 ? flags.aud[0] : flags.aud }),
      nbf: flags.nbf ?? now,
      iat: flags.iat ?? now,
      jti: flags.jti ?? toHex(io.random.bytes(idOctets)),
      ...payload,
    }
    const id = flags['no-kid'] || found.kid === '' ? {} : { kid: found.kid }
    io.out(`${await signJwt(found, { typ: 'JWT', ...id, ...headerOf(flags.header) }, claims)}\n`)
  },
})

const present = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

type Claims = {
  readonly iss: string | undefined
  readonly aud: readonly string[]
  readonly sub: string | undefined
  readonly exp: number | undefined
}

/** Requires what no token should be without; in `step`'s words. */
function checkClaims({ iss, aud, sub, exp }: Claims, now: number): void {
  const missing = [
    ['iss', iss === undefined],
    ['aud', aud.length === 0],
    ['sub', sub === undefined],
    ['exp', exp === undefined],
  ].find(([, isMissing]) => isMissing)
  if (missing !== undefined)
    throw new SignetError('malformed', `flag '--${String(missing[0])}' is required unless '--subtle' is used`)
  if (exp !== undefined && exp < now)
    throw new SignetError('malformed', "flag '--exp' must be in the future unless the '--subtle' flag is provided")
}

/** `alg` is what the key says, whatever is given. */
function headerOf(texts: readonly string[]): Members {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw invalidFlag('header', text, 'write it as name=value')
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** Without a file, standard input, which may be empty. */
async function readPayload(io: CliIo, file: string | undefined): Promise<Members> {
  if (file === undefined && io.stdinIsTerminal) return {}
  const text = await readInputText(io, file ?? '-')
  if (file === undefined && text.trim() === '') return {}
  const name = file === undefined || file === '-' ? 'STDIN' : file
  try {
    const payload = parseJson(text)
    if (isObject(payload)) return payload
  } catch {
    // Without the parser's text, which quotes the file.
  }
  throw new SignetError('malformed', `error decoding JSON from ${name}: it is no JSON object`)
}
