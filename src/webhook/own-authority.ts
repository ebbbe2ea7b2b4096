import { SignetError } from '../core/errors.ts'
import { readUnverified } from '../core/tokens/unverified.ts'
import type { AuthorityFacts } from './facts.ts'

/**
 * Where the webhook gets its own certificate: URL and roots (PEM) of the Authority of this name. Its token is made for an
 * audience that the chart wrote, so values that do not fit the Authority are told here: the authority could only answer 401.
 * An Authority whose status names no Provisioner, such as one that lost its keys, may serve all the same and is asked.
 * Fails with `unavailable` if there is no such Authority or none that is ready, with `malformed` if the token is for another
 * audience, and with `unauthorized` if it is no token at all.
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
  const { audience } = readUnverified(token).claims
  if (provisioner !== undefined && !audience.includes(provisioner.audience)) {
    const remedy = `set the chart's value defaultProvisioner.name to ${JSON.stringify(provisioner.name)}`
    const what = `the audience of the webhook's token is not among those that ${authority} accepts`
    const which = `it is ${audience.join(' ')}, not ${provisioner.audience}`
    throw new SignetError('malformed', `${what}: ${which}: ${remedy}`)
  }
  return { url: endpoint, roots: rootsPem }
}
