import { SignetError } from '../../../../core/errors.ts'
import { parseJwt } from '../../../../core/jose/jwt.ts'
import { defineCommand } from '../../../command.ts'
import { insecureFlag } from '../../../flags.ts'

/** `signet crypto jwt inspect`: prints the token on standard input, and verifies nothing. */
export const command = defineCommand({
  description: 'The token is read from standard input. As nothing is verified, --insecure is required.',
  flags: { ...insecureFlag },
  examples: [{ comment: 'What does a token say?', command: 'echo $TOKEN | signet crypto jwt inspect --insecure' }],
  async run({ flags, io, name }) {
    if (!flags.insecure) throw new SignetError('malformed', `'${name}' requires the '--insecure' flag`)
    io.out(`${parseJwt(Buffer.from(await io.readStdin()).toString()).text}\n`)
  },
})
