import { defineCommand } from '../../../command.ts'
import { hashFlags, hashOf, readHashName } from '../../../file-hash.ts'

/** `signet crypto hash digest`: hashes of files, as `sha256sum` prints them, and of folders. */
export const command = defineCommand({
  description: 'The hash of a folder is one of the modes and contents of all that is in it.',
  arguments: [
    { name: 'file-or-directory', description: 'what is hashed' },
    { name: 'more', description: 'more of them', optional: true, repeats: true },
  ],
  flags: hashFlags,
  withoutContext: true,
  examples: [{ comment: 'Print the SHA-256 of a file', command: 'signet crypto hash digest ca.crt' }],
  async run({ args, flags, io }) {
    const name = readHashName(flags)
    for (const path of args) io.out(`${(await hashOf(name, path)).toString('hex')}  ${path}\n`)
  },
})
