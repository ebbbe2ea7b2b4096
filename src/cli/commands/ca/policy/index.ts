import type { CommandGroup } from '../../../command.ts'

export const group: CommandGroup = {
  commands: {
    test: {
      summary: 'say which rule of a ca.json allows or refuses each of these names; status 1 if one is refused',
      load: () => import('./test.ts'),
    },
  },
  examples: [
    {
      comment: 'May a provisioner give this name?',
      command: 'signet ca policy test ca.json web.test --provisioner me',
    },
  ],
}
