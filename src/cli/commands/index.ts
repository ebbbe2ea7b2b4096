import type { CommandGroup } from '../command.ts'

/** All nouns. `import()` keeps the code of each away until it is named. */
export const rootGroup: CommandGroup = {
  commands: {
    base64: { summary: 'encode and decode base64', load: () => import('./base64.ts') },
    ca: { summary: 'make a certificate authority, examine its rules', load: () => import('./ca/index.ts') },
    certificate: { summary: 'make, examine and change certificates', load: () => import('./certificate/index.ts') },
    crypto: { summary: 'make keys, sign, encrypt, hash', load: () => import('./crypto/index.ts') },
    path: { summary: 'print the folder of the configuration', load: () => import('./path.ts') },
    version: { summary: 'print the version', load: () => import('./version.ts') },
  },
  examples: [
    { comment: 'Which verbs has a noun, which flags a verb?', command: 'signet help ca\nsignet help ca init' },
    { comment: 'Where is the configuration?', command: 'signet path' },
  ],
}
