import { thumbprintOf } from '../../../../core/jose/key.ts'
import { defineCommand } from '../../../command.ts'
import { passwordFileFlag } from '../../../flags.ts'
import { readStdinJwk } from '../../../keys.ts'

/** `signet crypto jwk thumbprint`: the thumbprint (RFC 7638) of the JWK on standard input. */
export const command = defineCommand({
  description: 'The JWK is read from standard input, also if it is encrypted.',
  flags: { ...passwordFileFlag },
  examples: [{ comment: 'Print the thumbprint', command: 'signet crypto jwk thumbprint < key.pub.json' }],
  async run({ flags, io }) {
    io.out(`${thumbprintOf((await readStdinJwk(io, flags['password-file'])).key)}\n`)
  },
})
