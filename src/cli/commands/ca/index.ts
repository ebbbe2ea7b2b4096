import type { CommandGroup } from '../../command.ts'

export const group: CommandGroup = {
  commands: {
    init: {
      summary: 'make a new certificate authority: root, intermediate, a JWK provisioner, ca.json and defaults.json',
      load: () => import('./init.ts'),
    },
    policy: { summary: 'examine rules about the names of certificates', load: () => import('./policy/index.ts') },
  },
  examples: [
    {
      comment: 'Make an authority in the folder that `signet path` prints',
      command:
        'signet ca init --name Shop --dns localhost --address :9443 --provisioner me --password-file password.txt',
    },
  ],
}
