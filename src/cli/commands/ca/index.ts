import type { CommandGroup } from '../../command.ts'

export const group: CommandGroup = {
  commands: {
    init: {
      summary: 'make a new certificate authority: root, intermediate, a JWK provisioner, ca.json and defaults.json',
      load: () => import('./init.ts'),
    },
    bootstrap: {
      summary: 'make an authority known to this user, by the fingerprint of its root',
      load: () => import('./bootstrap.ts'),
    },
    health: { summary: 'ask whether the authority is well', load: () => import('./health.ts') },
    root: { summary: 'get the root certificate, checked by its fingerprint', load: () => import('./root.ts') },
    roots: { summary: 'get all root certificates that are in force', load: () => import('./roots.ts') },
    federation: {
      summary: 'get the root certificates of the authorities that this one federates with',
      load: () => import('./federation.ts'),
    },
    token: { summary: 'make a one-time token, by which somebody gets a certificate', load: () => import('./token.ts') },
    certificate: { summary: 'make a key and get a certificate for it', load: () => import('./certificate.ts') },
    sign: { summary: 'get a certificate for a request (CSR)', load: () => import('./sign.ts') },
    renew: { summary: 'renew a certificate', load: () => import('./renew.ts') },
    revoke: { summary: 'revoke a certificate', load: () => import('./revoke.ts') },
    provisioner: { summary: 'list the provisioners', load: () => import('./provisioner/index.ts') },
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
