import { defineCommand } from '../../command.ts'
import { caFlags, forceFlag } from '../../flags.ts'
import { saveList } from '../../online/certificate-list.ts'

/** `signet ca federation`: the roots of this authority and of those that it federates with. */
export const command = defineCommand({
  arguments: [{ name: 'federation-file', description: 'file to write, PEM; printed unless given', optional: true }],
  flags: { ...forceFlag, ...caFlags },
  examples: [{ comment: 'Keep the federated roots in a file', command: 'signet ca federation federation.pem' }],
  run: (context) => saveList(context, 'federation', (client) => client.federation()),
})
