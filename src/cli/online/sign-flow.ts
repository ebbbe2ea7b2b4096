import { formatDuration, type TimeDuration } from '../../core/duration.ts'
import { formatInstant } from '../../core/instant.ts'
import { encodePem } from '../../core/pem.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import type { CliIo } from '../io.ts'
import { templateData } from '../template-data.ts'
import { withClient, type AuthorityContext } from './authority.ts'
import { clientForToken } from './token-client.ts'

export type SignContext = AuthorityContext & {
  readonly io: CliIo
  readonly flags: AuthorityContext['flags'] & {
    readonly 'not-before': TimeDuration | undefined
    readonly 'not-after': TimeDuration | undefined
    readonly set: readonly string[]
    readonly 'set-file': string | undefined
  }
}

/** Has a CSR (DER) certified by the authority that the token is for: the chain, PEM, leaf first. */
export async function signWithToken(context: SignContext, token: UnverifiedToken, csr: Uint8Array): Promise<string> {
  const { io, flags } = context
  const data = await templateData(io, flags)
  const input = {
    csr: encodePem('CERTIFICATE REQUEST', csr),
    ott: token.text,
    ...timeMember('notBefore', flags['not-before']),
    ...timeMember('notAfter', flags['not-after']),
    ...(Object.keys(data).length === 0 ? {} : { templateData: data }),
  }
  const { certificateChain } = await withClient(await clientForToken(context, token), (client) => client.sign(input))
  return certificateChain
}

const timeMember = (name: 'notBefore' | 'notAfter', time: TimeDuration | undefined): object =>
  time === undefined ? {} : { [name]: time.kind === 'at' ? formatInstant(time.at) : formatDuration(time.in) }

/** Does the token say of whom the certificate is? Those of identity providers and clusters leave that to the authority. */
export function namesItsSubject({ claims }: UnverifiedToken): boolean {
  const { all, issuer, names } = claims
  if (issuer === 'kubernetes/serviceaccount') return false
  return names.length > 0 || (typeof all['sha'] === 'string' && all['sha'] !== '')
}
