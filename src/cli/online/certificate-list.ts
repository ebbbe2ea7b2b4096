import type { CaClient } from '../../client/ca-client.ts'
import { writeFile } from '../files.ts'
import type { CliIo } from '../io.ts'
import { askAuthority, type AuthorityContext } from './authority.ts'

type Context = AuthorityContext & {
  readonly args: readonly string[]
  readonly io: CliIo
  readonly flags: { readonly force: boolean }
}

/** Prints a list of certificates that the authority has, or writes it into the file of the first argument. */
export async function saveList(
  context: Context,
  what: string,
  list: (client: CaClient) => Promise<readonly string[]>,
): Promise<void> {
  const { args, io, flags } = context
  const bundle = (await askAuthority(context, list)).join('')
  const [file] = args
  if (file === undefined) return io.out(bundle)
  await writeFile(io, file, bundle, { force: flags.force })
  io.err(`The ${what} certificate bundle has been saved in ${file}.\n`)
}
