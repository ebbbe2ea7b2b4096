import { publicKeyOf, toJwk } from '../../../../core/jose/key.ts'
import { defineCommand } from '../../../command.ts'
import { readStdinJwk } from '../../../keys.ts'
import { passwordFileFlag } from '../../../flags.ts'

/** `signet crypto jwk public`: the JWK on standard input without what is private. */
export const command = defineCommand({
  description: 'The JWK is read from standard input, also if it is encrypted.',
  flags: { ...passwordFileFlag },
  examples: [{ comment: 'Print the public key', command: 'signet crypto jwk public < key.json' }],
  async run({ flags, io }) {
    const jwk = toJwk(publicKeyOf(await readStdinJwk(io, flags['password-file'])))
    io.out(`${JSON.stringify(jwk, undefined, 2)}\n`)
  },
})
