import { createCaClient, type CaClient } from '../../client/ca-client.ts'
import { downloadRoot } from '../../client/download-root.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import { printSelected, type CliIo } from '../io.ts'
import { requiredFlag } from '../usage-errors.ts'
import { caUrlIfAny, rootsOf, type AuthorityContext } from './authority.ts'

/**
 * The authority that a token is for: one that names the root's fingerprint says which root is trusted and, unless a flag
 * does, at which URL the authority is.
 */
export async function clientForToken(
  context: AuthorityContext & { readonly io: CliIo },
  token: UnverifiedToken | undefined,
): Promise<CaClient> {
  const [audience = ''] = token?.claims.audience ?? []
  const fingerprint = token?.claims.all['sha']
  const bySha = typeof fingerprint === 'string' && fingerprint !== '' && /^http/i.test(audience)
  const url = caUrlIfAny(context) ?? (bySha ? audience : undefined)
  if (url === undefined) throw requiredFlag(context.name, 'ca-url')
  const roots = bySha ? undefined : rootsOf(context)
  printSelected(context.io, 'CA', url)
  return createCaClient({ url, roots: roots ?? (await downloadRoot(url, String(fingerprint))) })
}
