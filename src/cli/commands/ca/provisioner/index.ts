import type { CommandGroup } from '../../../command.ts'

export const group: CommandGroup = {
  commands: {
    list: { summary: 'list the provisioners of the authority, as JSON', load: () => import('./list.ts') },
  },
  examples: [{ comment: 'Who may ask for certificates, and how?', command: 'signet ca provisioner list' }],
}
