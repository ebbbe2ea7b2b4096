import { SignetError } from '../core/errors.ts'
import { readUnverified } from '../core/tokens/unverified.ts'
import type { AuthorityFacts } from './facts.ts'

/**
 * Where the webhook gets its own certificate: URL and roots (PEM) of the Authority of this name. Its token is made for an
 * audience that the chart wrote, so values that do not fit the Authority are told here: the authority could only answer 401.
 * Fails with `unavailable` for what passes and with `malformed` for a value that has to be changed.
 */
export function ownAuthority(
  name: string,
  facts: AuthorityFacts | undefined,
  token: string,
): { readonly url: string; readonly roots: string } {
  const authority = `Authority ${JSON.stringify(name)}`
  if (facts === undefined) {
    throw new SignetError(
      'unavailable',
      `there is no ${authority}, which the chart's value defaultAuthority.name names`,
    )
  }
  const { endpoint, rootsPem, provisioner } = facts
  if (endpoint === undefined || rootsPem === '') throw new SignetError('unavailable', `${authority} is not ready yet`)
  if (provisioner === undefined) {
    throw new SignetError('unavailable', `${authority} has no Provisioner of type K8sSA yet`)
  }
  const { audience } = readUnverified(token).claims
  if (!audience.includes(provisioner.audience)) {
    const remedy = `set the chart's value defaultProvisioner.name to ${JSON.stringify(provisioner.name)}`
    const what = `the webhook's token is for ${audience.join(' ')}, but ${authority} takes ${provisioner.audience}`
    throw new SignetError('malformed', `${what}: ${remedy}`)
  }
  return { url: endpoint, roots: rootsPem }
}
