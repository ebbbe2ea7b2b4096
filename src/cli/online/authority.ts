import { existsSync } from 'node:fs'
import { createCaClient, type CaClient } from '../../client/ca-client.ts'
import { readTextFile } from '../files.ts'
import type { StepFolder } from '../step-path.ts'
import { invalidFlag, requiredFlag } from '../usage-errors.ts'

/** What every command that asks an authority knows of it: `caFlags` of `flags.ts`. */
export type AuthorityContext = {
  readonly flags: { readonly 'ca-url': string | undefined; readonly root: string | undefined }
  readonly step: StepFolder
  readonly name: string
}

/** The authority's URL without a path, `https://` put in front where there is no scheme; undefined if none is known. */
export function caUrlIfAny({
  flags,
}: {
  readonly flags: Pick<AuthorityContext['flags'], 'ca-url'>
}): string | undefined {
  const given = flags['ca-url']
  if (given === undefined) return undefined
  const text = given.includes('://') ? given : `https://${given}`
  const url = URL.parse(text)
  if (url === null) throw invalidFlag('ca-url', text, 'invalid URL')
  if (url.protocol !== 'https:') throw invalidFlag('ca-url', text, 'must have https scheme')
  // Not `origin`, which leaves out a port that is the usual one.
  return `https://${/^[^:]+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? url.host}`
}

/** As `caUrlIfAny`; `malformed` if no URL is known. */
export function caUrlOf(context: Pick<AuthorityContext, 'name'> & Parameters<typeof caUrlIfAny>[0]): string {
  const url = caUrlIfAny(context)
  if (url === undefined) throw requiredFlag(context.name, 'ca-url')
  return url
}

/** The PEM file of the root: `--root`, else where bootstrap leaves it. `malformed` if there is none. */
export function rootFileOf({ flags, step, name }: AuthorityContext): string {
  if (flags.root !== undefined) return step.resolve(flags.root)
  const usual = step.file('certs', 'root_ca.crt')
  if (!existsSync(usual)) throw requiredFlag(name, 'root')
  return usual
}

/** The roots in that file, PEM. */
export const rootsOf = (context: AuthorityContext): string => readTextFile('--root', rootFileOf(context))

/** Asks the authority of the flags something, and lets it go. */
export async function askAuthority<T>(context: AuthorityContext, ask: (client: CaClient) => Promise<T>): Promise<T> {
  return withClient(createCaClient({ url: caUrlOf(context), roots: rootsOf(context) }), ask)
}

/** Closes the connections after the last answer, or the process would not end. */
export async function withClient<T>(client: CaClient, ask: (client: CaClient) => Promise<T>): Promise<T> {
  try {
    return await ask(client)
  } finally {
    client.close()
  }
}
