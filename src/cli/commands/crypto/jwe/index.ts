import type { CommandGroup } from '../../../command.ts'

export const group: CommandGroup = {
  commands: {
    decrypt: { summary: 'decrypt a JWE', load: () => import('./decrypt.ts') },
    encrypt: { summary: 'encrypt data for a key or a password', load: () => import('./encrypt.ts') },
  },
  examples: [
    {
      comment: 'Encrypt for someone, who decrypts it',
      command:
        'signet crypto jwe encrypt --key bob.pub.json < letter.txt > letter.json\nsignet crypto jwe decrypt --key bob.json < letter.json',
    },
  ],
}
