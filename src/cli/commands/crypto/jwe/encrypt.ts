import { checkAlgorithm } from '../../../../core/jose/algorithms.ts'
import { encryptJwe, isPasswordAlgorithm } from '../../../../core/jose/jwe.ts'
import { publicKeyOf } from '../../../../core/jose/key.ts'
import { defineCommand } from '../../../command.ts'
import { keyChoiceFlags, passwordFileFlag, subtleFlag } from '../../../flags.ts'
import { chooseKey } from '../../../keys.ts'
import { getPassword } from '../../../passwords.ts'
import { exclusiveFlags } from '../../../usage-errors.ts'

/** `signet crypto jwe encrypt`: encrypts standard input (RFC 7516 §5.1), and prints the JSON form. */
export const command = defineCommand({
  description: 'What is encrypted is read from standard input.',
  flags: {
    ...keyChoiceFlags,
    ...passwordFileFlag,
    ...subtleFlag,
    alg: {
      kind: 'string',
      aliases: ['algorithm'],
      placeholder: 'algorithm',
      description: 'algorithm for the key of the content, such as RSA-OAEP-256, ECDH-ES or PBES2-HS256+A128KW',
    },
    enc: {
      kind: 'string',
      aliases: ['encryption-algorithm'],
      placeholder: 'algorithm',
      description: 'algorithm for the content',
      choices: ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'],
      default: 'A256GCM',
    },
    typ: { kind: 'string', aliases: ['type'], placeholder: 'type', description: 'media type of the JWE' },
    cty: { kind: 'string', aliases: ['content-type'], placeholder: 'type', description: 'media type of the content' },
  },
  examples: [
    { comment: 'Encrypt for a public key', command: 'echo hello | signet crypto jwe encrypt --key bob.pub.json' },
    { comment: 'Encrypt with a password', command: 'echo hello | signet crypto jwe encrypt --alg PBES2-HS256+A128KW' },
  ],
  async run({ flags, io }) {
    const { key, jwks, kid, alg, enc, typ, cty, subtle, 'password-file': passwordFile } = flags
    const data = await io.readStdin()
    const header = {
      enc,
      ...(kid !== undefined && { kid }),
      ...(typ !== undefined && { typ }),
      ...(cty !== undefined && { cty }),
    }
    if (alg !== undefined && isPasswordAlgorithm(alg)) {
      for (const [name, value] of Object.entries({ key, jwks }))
        if (value !== undefined) throw exclusiveFlags(`alg ${alg}`, name)
      const label = 'Please enter the password to encrypt the content encryption key'
      const password = await getPassword(io, { file: passwordFile, label })
      return io.out(`${await encryptJwe(data, password, { alg, ...header })}\n`)
    }
    const found = publicKeyOf(await chooseKey(io, { key, jwks, kid, use: 'enc', alg, subtle, passwordFile }))
    checkAlgorithm(found)
    io.out(`${await encryptJwe(data, found.key, { alg: found.alg, ...header })}\n`)
  },
})
