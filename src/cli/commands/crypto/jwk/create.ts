import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../../../../core/clock.ts'
import { SignetError } from '../../../../core/errors.ts'
import { checkAlgorithm, defaultAlgorithm } from '../../../../core/jose/algorithms.ts'
import { encryptWithPassword } from '../../../../core/jose/jwe.ts'
import { bareKey, publicKeyOf, thumbprintOf, toJwk, type Jwk, type JoseKey } from '../../../../core/jose/key.ts'
import { indentJson } from '../../../../core/json-indent.ts'
import { defineCommand } from '../../../command.ts'
import { readInputText, writeFiles } from '../../../files.ts'
import { forceFlag, keyFlags, noPasswordFlags, passwordFileFlag } from '../../../flags.ts'
import type { CliIo } from '../../../io.ts'
import { readPemKey } from '../../../keys.ts'
import { makeKey, type KeyWish } from '../../../new-key.ts'
import { getPassword } from '../../../passwords.ts'
import {
  equalArguments,
  incompatibleFlags,
  incompatibleFlagValue,
  invalidFlag,
  requiredWithFlag,
} from '../../../usage-errors.ts'

/** Characters of a symmetric key unless `--size` says otherwise, as `step` has it. */
const secretLength = 32
/** A shorter secret can be guessed. */
const shortestSecret = 16

/** `signet crypto jwk create`: a key pair, or a symmetric key, as JWKs (RFC 7517). */
export const command = defineCommand({
  arguments: [
    { name: 'public-jwk-file', description: 'where the public JWK is written' },
    { name: 'private-jwk-file', description: 'where the private JWK is written' },
  ],
  flags: {
    ...keyFlags,
    kty: { ...keyFlags.kty, aliases: ['type'], description: 'type of the key: EC, RSA, OKP or oct', default: 'EC' },
    alg: {
      kind: 'string',
      aliases: ['algorithm'],
      placeholder: 'algorithm',
      description: 'algorithm that the key is for',
    },
    use: { kind: 'string', placeholder: 'use', description: 'sig for signatures, enc for encryption', default: 'sig' },
    kid: { kind: 'string', placeholder: 'id', description: 'id of the key; its thumbprint unless given' },
    'from-pem': { kind: 'file', placeholder: 'file', description: 'a PEM file with the key, in place of a new one' },
    ...passwordFileFlag,
    ...noPasswordFlags,
    ...forceFlag,
  },
  examples: [
    { comment: 'Make a key that signs', command: 'signet crypto jwk create key.pub.json key.json' },
    { comment: 'One for encryption', command: 'signet crypto jwk create key.pub.json key.json --kty RSA --use enc' },
  ],
  async run({ args: [publicFile = '', privateFile = ''], flags, io, name }) {
    const passwordFile = flags['password-file']
    if (flags['no-password'] && passwordFile !== undefined) throw incompatibleFlags('no-password', 'password-file')
    if (flags['no-password'] && !flags.insecure) throw requiredWithFlag('no-password', 'insecure')
    if (publicFile === privateFile) throw equalArguments('public-jwk-file', 'private-jwk-file', name)
    const fromPem = flags['from-pem']
    const key = fromPem === undefined ? await newKey(io, flags) : await keyFromPem(io, fromPem, passwordFile)
    const kid = flags.kid ?? (key.type === 'secret' ? '' : thumbprintOf(key))
    const named: JoseKey = { ...bareKey(key), kid, use: flags.use }
    const jose = { ...named, alg: flags.alg ?? defaultAlgorithm(named) }
    checkAlgorithm(jose)
    const publicJwk = { path: publicFile, content: pretty(toJwk(publicKeyOf(jose))) }
    if (key.type === 'public') {
      await writeFiles(io, [publicJwk], flags)
      io.err(`Your public key has been saved in ${publicFile}.\n`)
      io.err('Only the public JWK was generated.\nCannot retrieve a private key from a public one.\n')
      return
    }
    const label = 'Please enter the password to encrypt the private JWK'
    const content = flags['no-password']
      ? pretty(toJwk(jose))
      : await encrypted(toJwk(jose), await getPassword(io, { file: passwordFile, label, minLength: 1 }))
    await writeFiles(io, [publicJwk, { path: privateFile, content }], flags)
    io.err(`Your public key has been saved in ${publicFile}.\nYour private key has been saved in ${privateFile}.\n`)
  },
})

const pretty = (jwk: Jwk): string => JSON.stringify(jwk, undefined, 2)

const encrypted = async (jwk: Jwk, password: string): Promise<string> =>
  indentJson(await encryptWithPassword(JSON.stringify(jwk), password, 'jwk+json'))

async function keyFromPem(io: CliIo, file: string, passwordFile: string | undefined): Promise<KeyObject> {
  return readPemKey(io, await readInputText(io, file), { name: file, passwordFile })
}

async function newKey(io: CliIo, wish: KeyWish): Promise<KeyObject> {
  return wish.kty === 'oct' ? newSecret(io.random, wish) : (await makeKey(wish)).privateKey
}

function newSecret(random: Random, { curve, size = secretLength, insecure }: KeyWish): KeyObject {
  if (curve !== undefined) throw incompatibleFlagValue('curve', 'kty', 'oct')
  if (size < shortestSecret && !insecure)
    throw new SignetError(
      'malformed',
      `flag '--size' requires at least ${shortestSecret} unless '--insecure' flag is provided`,
    )
  if (size < 1 || size > 65_536) throw invalidFlag('size', String(size), 'give 1 to 65536')
  return createSecretKey(random.bytes(size))
}
