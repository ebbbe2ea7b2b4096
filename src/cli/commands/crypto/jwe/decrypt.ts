import { SignetError } from '../../../../core/errors.ts'
import { algorithmOf, decryptJwe, isPasswordAlgorithm, parseJwe } from '../../../../core/jose/jwe.ts'
import { defineCommand } from '../../../command.ts'
import { keyChoiceFlags, passwordFileFlag } from '../../../flags.ts'
import { choosePrivateKey } from '../../../keys.ts'
import { getPassword } from '../../../passwords.ts'

/** `signet crypto jwe decrypt`: prints what is in the JWE on standard input (RFC 7516 §5.2). */
export const command = defineCommand({
  description: 'The JWE is read from standard input, in the compact form or in JSON.',
  flags: { ...keyChoiceFlags, ...passwordFileFlag },
  examples: [
    {
      comment: 'Decrypt what is under a password',
      command: 'signet crypto jwe decrypt --password-file pass.txt < key.json',
    },
  ],
  async run({ flags, io }) {
    const { key, jwks, kid, 'password-file': passwordFile } = flags
    const jwe = parseJwe(Buffer.from(await io.readStdin()).toString())
    if (jwe === undefined) throw new SignetError('malformed', 'error parsing data: standard input holds no JWE')
    const algorithm = algorithmOf(jwe)
    if (!isPasswordAlgorithm(algorithm)) {
      const found = await choosePrivateKey(io, {
        key,
        jwks,
        kid,
        use: 'enc',
        passwordFile,
        alg: algorithm,
        subtle: true,
      })
      return io.out(await decryptJwe(jwe, found.key))
    }
    for (const [name, value] of Object.entries({ key, jwks }))
      if (value !== undefined)
        throw new SignetError('malformed', `flag '--${name}' cannot be used with JWE algorithm '${algorithm}'`)
    const label = 'Please enter the password to decrypt the content encryption key'
    io.out(await decryptJwe(jwe, await getPassword(io, { file: passwordFile, label })))
  },
})
