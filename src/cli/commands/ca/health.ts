import { defineCommand } from '../../command.ts'
import { caFlags } from '../../flags.ts'
import { askAuthority } from '../../online/authority.ts'

/** `signet ca health`: does the authority answer? */
export const command = defineCommand({
  description: 'Prints `ok` if it is.',
  flags: caFlags,
  examples: [
    { comment: 'Ask the authority that bootstrap made known', command: 'signet ca health' },
    {
      comment: 'Ask another one',
      command: 'signet ca health --ca-url https://ca.example.com:8443 --root root_ca.crt',
    },
  ],
  async run(context) {
    await askAuthority(context, (client) => client.health())
    context.io.out('ok\n')
  },
})
