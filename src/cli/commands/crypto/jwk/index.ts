import type { CommandGroup } from '../../../command.ts'

export const group: CommandGroup = {
  commands: {
    create: { summary: 'make a key', load: () => import('./create.ts') },
    public: { summary: 'print the public part of a key', load: () => import('./public.ts') },
    thumbprint: { summary: 'print the thumbprint of a key', load: () => import('./thumbprint.ts') },
  },
  examples: [{ comment: 'Make a key', command: 'signet crypto jwk create key.pub.json key.json' }],
}
