import type { CommandGroup } from '../../../command.ts'

export const group: CommandGroup = {
  commands: {
    compare: { summary: 'compare the hash of a file or folder', load: () => import('./compare.ts') },
    digest: { summary: 'print the hash of files or folders', load: () => import('./digest.ts') },
  },
  examples: [{ comment: 'Print the SHA-256 of a file', command: 'signet crypto hash digest ca.crt' }],
}
