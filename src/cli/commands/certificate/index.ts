import type { CommandGroup } from '../../command.ts'

export const group: CommandGroup = {
  commands: {
    fingerprint: { summary: 'print the fingerprint of a certificate', load: () => import('./fingerprint.ts') },
    inspect: { summary: 'print what a certificate or certificate request says', load: () => import('./inspect.ts') },
    'needs-renewal': { summary: 'tell whether a certificate is due', load: () => import('./needs-renewal.ts') },
  },
  examples: [
    { comment: 'What does this certificate say?', command: 'signet certificate inspect web.crt' },
    { comment: 'In a few lines', command: 'signet certificate inspect --short web.crt' },
  ],
}
