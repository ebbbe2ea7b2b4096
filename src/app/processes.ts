/**
 * A process of Signet other than the command line: `file` in this folder exports the function `entry`, a ProcessMain.
 * Each file becomes a bundle of its own, so that a process carries only what it uses.
 */
export type ProcessRow = { readonly file: string; readonly entry: string; readonly summary: string }

/** Gets the arguments after the name of the process; resolves to the exit code. Errors that it throws are printed. */
export type ProcessMain = (args: readonly string[]) => Promise<number>

/** By the first argument of `signet`. */
export const processes: ReadonlyMap<string, ProcessRow> = new Map([
  [
    'authority',
    { file: 'authority', entry: 'runAuthority', summary: 'serve the certificate authority that CONFIG describes' },
  ],
  [
    'operator',
    {
      file: 'operator',
      entry: 'runOperator',
      summary: 'turn the resources of a cluster into authorities and certificates',
    },
  ],
  ['webhook', { file: 'webhook', entry: 'runWebhook', summary: 'inject certificates into annotated pods' }],
  ['bootstrap', { file: 'workload', entry: 'runBootstrap', summary: 'get the first certificate of an injected pod' }],
  ['renew', { file: 'workload', entry: 'runRenew', summary: 'renew the certificate of an injected pod if it is due' }],
  ['crds', { file: 'crds', entry: 'runCrds', summary: 'apply the CRDs of this version to the cluster' }],
  ['check', { file: 'check', entry: 'runCheck', summary: 'check that Authority and webhook of a cluster answer' }],
])
