import type { CommandGroup } from '../../command.ts'

export const group: CommandGroup = {
  commands: {
    hash: { summary: 'print and compare hashes of files and folders', load: () => import('./hash/index.ts') },
    jwe: { summary: 'encrypt and decrypt (JSON Web Encryption)', load: () => import('./jwe/index.ts') },
    jwk: { summary: 'make JSON Web Keys', load: () => import('./jwk/index.ts') },
    jwt: { summary: 'sign and verify JSON Web Tokens', load: () => import('./jwt/index.ts') },
    keypair: { summary: 'make a key pair in PEM', load: () => import('./keypair.ts') },
    rand: { summary: 'print random text', load: () => import('./rand.ts') },
  },
  examples: [
    {
      comment: 'Make a key and look at it',
      command: 'signet crypto keypair key.pub key.pem\nsignet crypto key inspect key.pem',
    },
  ],
}
