import { goJson } from '../../../../core/go-json.ts'
import { defineCommand } from '../../../command.ts'
import { caFlags } from '../../../flags.ts'
import { askAuthority } from '../../../online/authority.ts'

/** `signet ca provisioner list`: all of them, with what step's ca.json says of each. */
export const command = defineCommand({
  flags: caFlags,
  examples: [{ comment: 'List the provisioners', command: 'signet ca provisioner list' }],
  async run(context) {
    const provisioners = await askAuthority(context, (client) => client.provisioners())
    context.io.out(`${goJson(provisioners, '   ')}\n`)
  },
})
