import type { CommandGroup } from '../../../command.ts'

export const group: CommandGroup = {
  commands: {
    inspect: { summary: 'print a token without verifying it', load: () => import('./inspect.ts') },
    sign: { summary: 'make a token', load: () => import('./sign.ts') },
    verify: { summary: 'verify a token and print it', load: () => import('./verify.ts') },
  },
  examples: [{ comment: 'What does a token say?', command: 'echo $TOKEN | signet crypto jwt inspect --insecure' }],
}
