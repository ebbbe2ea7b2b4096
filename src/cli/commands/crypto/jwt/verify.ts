import { SignetError } from '../../../../core/errors.ts'
import { checkAlgorithm } from '../../../../core/jose/algorithms.ts'
import { parseJwt, verifySignature, type Members } from '../../../../core/jose/jwt.ts'
import { publicKeyOf } from '../../../../core/jose/key.ts'
import { formatDuration } from '../../../../core/duration.ts'
import { defineCommand } from '../../../command.ts'
import { insecureFlag, keyChoiceFlags, passwordFileFlag, subtleFlag } from '../../../flags.ts'
import { chooseKey } from '../../../keys.ts'
import { requiredUnlessFlag, requiredWithFlag } from '../../../usage-errors.ts'

/** `signet crypto jwt verify`: verifies the token on standard input (RFC 7519 §7.2) and prints it. */
export const command = defineCommand({
  description: 'The token is read from standard input.',
  flags: {
    ...keyChoiceFlags,
    ...passwordFileFlag,
    ...subtleFlag,
    ...insecureFlag,
    iss: { kind: 'string', aliases: ['issuer'], placeholder: 'issuer', description: 'issuer that the token must have' },
    aud: {
      kind: 'string',
      aliases: ['audience'],
      placeholder: 'audience',
      description: 'audience that the token must have',
    },
    alg: {
      kind: 'string',
      aliases: ['algorithm'],
      placeholder: 'algorithm',
      description: 'algorithm of the signature, where the key leaves it open',
    },
    'no-exp-check': { kind: 'bool', description: 'accept a token that is expired; needs --insecure', hidden: true },
  },
  examples: [
    {
      comment: 'Verify a token',
      command: 'echo $TOKEN | signet crypto jwt verify --key key.pub.json --iss me --aud https://example.test',
    },
  ],
  async run({ flags, io }) {
    const { iss, aud, alg, subtle, insecure, key, jwks, 'password-file': passwordFile } = flags
    const token = Buffer.from(await io.readStdin()).toString()
    const { header, claims, text } = parseJwt(token)
    if (!subtle && iss === undefined) throw requiredUnlessFlag('iss', 'subtle')
    if (!subtle && aud === undefined) throw requiredUnlessFlag('aud', 'subtle')
    if (flags['no-exp-check'] && !insecure) throw requiredWithFlag('no-exp-check', 'insecure')
    const said = typeof header['kid'] === 'string' ? header['kid'] : undefined
    const kid = flags.kid ?? (jwks === undefined ? undefined : said)
    const found = await chooseKey(io, { key, jwks, kid, alg, subtle, passwordFile, use: 'sig', fixedOnly: !insecure })
    checkAlgorithm(found)
    if ('crit' in header) throw new SignetError('forbidden', 'validation failed: unrecognized critical headers (crit)')
    if (!subtle && alg !== undefined && header['alg'] !== alg)
      throw new SignetError('forbidden', `alg ${alg} does not match the alg on JWT (${String(header['alg'])})`)
    await verifySignature(token, publicKeyOf(found))
    const problems = problemsOf(claims, { iss, aud, now: io.clock.now(), isExpiryChecked: !flags['no-exp-check'] })
    if (problems.length > 0) throw new SignetError('forbidden', `validation failed: ${problems.join(', ')}`)
    io.out(`${text}\n`)
  },
})

type Expected = {
  readonly iss: string | undefined
  readonly aud: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  readonly isExpiryChecked: boolean
}

/** All that is wrong with the claims, in `step`'s words. */
function problemsOf(claims: Members, { iss, aud, now, isExpiryChecked }: Expected): string[] {
  const audiences = [claims['aud']].flat()
  const [notBefore, expiry] = [timeOf(claims, 'nbf'), timeOf(claims, 'exp')]
  const rules: [boolean, string][] = [
    [iss !== undefined && claims['iss'] !== iss, 'invalid issuer claim (iss)'],
    [aud !== undefined && !audiences.includes(aud), 'invalid audience claim (aud)'],
    [notBefore !== undefined && now < notBefore, 'token not valid yet (nbf)'],
    [
      isExpiryChecked && expiry !== undefined && now > expiry,
      `token is expired by ${formatDuration(Math.max(0, now - (expiry ?? now)))} (exp)`,
    ],
  ]
  return rules.flatMap(([isBroken, problem]) => (isBroken ? [problem] : []))
}

/** Milliseconds; a claim that is there and no number is an error, not a token without end. */
function timeOf(claims: Members, name: string): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value * 1000
  throw new SignetError('forbidden', `claim verify failed: ${name} is no number`)
}
