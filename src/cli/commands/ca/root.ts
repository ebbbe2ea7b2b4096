import { defineCommand } from '../../command.ts'
import { writeFile } from '../../files.ts'
import { caFlags, contextFlag, forceFlag } from '../../flags.ts'
import { caUrlOf } from '../../online/authority.ts'
import { fingerprintFlag, getRoot } from '../../online/root.ts'
import { requiredFlag } from '../../usage-errors.ts'

/** `signet ca root`: the root certificate, checked by its fingerprint. */
export const command = defineCommand({
  arguments: [{ name: 'root-file', description: 'file to write, PEM; printed unless given', optional: true }],
  flags: { ...forceFlag, ...fingerprintFlag, 'ca-url': caFlags['ca-url'], ...contextFlag },
  examples: [
    { comment: 'Print the root of the authority that bootstrap made known', command: 'signet ca root' },
    {
      comment: 'Get the root of another one by its fingerprint',
      command:
        'signet ca root root_ca.crt --ca-url https://ca.example.com --fingerprint 0d7d3834cf187726cf331c40a31aa7ef6b29ba4df601416c9788f6ee01058cf3',
    },
  ],
  async run(context) {
    const { args, flags, io, name } = context
    const url = caUrlOf(context)
    const fingerprint = flags.fingerprint?.trim()
    if (fingerprint === undefined || fingerprint === '') throw requiredFlag(name, 'fingerprint')
    const root = await getRoot(url, fingerprint)
    const [file] = args
    if (file === undefined) return io.out(root)
    await writeFile(io, file, root, { force: flags.force })
    io.err(`The root certificate has been saved in ${file}.\n`)
  },
})
