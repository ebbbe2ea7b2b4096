import { equalBytes } from '../../../../core/bytes.ts'
import { SignetError } from '../../../../core/errors.ts'
import { defineCommand } from '../../../command.ts'
import { hashFlags, hashOf, readHashName } from '../../../file-hash.ts'

/** `signet crypto hash compare`: is the hash of a file or folder the one that is expected? */
export const command = defineCommand({
  arguments: [
    { name: 'hash', description: 'the hash that is expected, in hexadecimal' },
    { name: 'file-or-directory', description: 'what is hashed' },
  ],
  flags: hashFlags,
  withoutContext: true,
  examples: [{ comment: 'Check a file', command: 'signet crypto hash compare $(cat ca.crt.sha256) ca.crt' }],
  async run({ args: [expected = '', path = ''], flags, io }) {
    const name = readHashName(flags)
    if (!/^(?:[0-9a-f]{2})*$/i.test(expected))
      throw new SignetError('malformed', `error decoding ${expected}: it is not hexadecimal`)
    if (!equalBytes(await hashOf(name, path), Buffer.from(expected, 'hex'))) throw new SignetError('forbidden', 'fail')
    io.out('ok\n')
  },
})
