import { defineCommand } from '../../command.ts'
import { caFlags, forceFlag } from '../../flags.ts'
import { saveList } from '../../online/certificate-list.ts'

/** `signet ca roots`: every root that is in force. */
export const command = defineCommand({
  arguments: [{ name: 'roots-file', description: 'file to write, PEM; printed unless given', optional: true }],
  flags: { ...forceFlag, ...caFlags },
  examples: [{ comment: 'Keep all roots in a file', command: 'signet ca roots roots.pem' }],
  run: (context) => saveList(context, 'root', (client) => client.roots()),
})
