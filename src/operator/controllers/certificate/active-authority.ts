import type { Authority, Provisioner } from '../../../core/resources/index.ts'
import { byName } from '../../keys.ts'
import type { Informer } from '../../ports.ts'
import type { ActiveAuthority } from './decide.ts'
import { textSha256 } from './secret-facts.ts'

export type ActiveAuthorityDeps = {
  readonly authorities: Pick<Informer<Authority>, 'get'>
  readonly provisioners: Pick<Informer<Provisioner>, 'list'>
  /** The operator's own ServiceAccount. */
  readonly delegate: { readonly namespace: string; readonly serviceAccount: string }
}

/** The Authority of this name as Certificates see it; undefined if there is none or if it has no intermediate yet. */
export function findActiveAuthority(name: string, deps: ActiveAuthorityDeps): ActiveAuthority | undefined {
  const { roots = [], intermediate, endpoint } = deps.authorities.get({ name })?.status ?? {}
  if (roots.length === 0 || intermediate === undefined || endpoint === undefined) return undefined
  const rootsPem = roots.map(({ certificate }) => certificate).join('')
  return {
    name,
    url: endpoint,
    rootsPem,
    rootsSha256: textSha256(rootsPem),
    intermediateSha256: intermediate.sha256,
    audience: findAudience(name, deps),
  }
}

/** Of several Provisioners that would do, the first by name: tokens are kept by audience. */
function findAudience(authority: string, { provisioners, delegate }: ActiveAuthorityDeps): string | undefined {
  return provisioners
    .list()
    .filter(({ spec, status }) => spec.authorityRef.name === authority && status?.audience !== undefined)
    .filter(({ spec }) => spec.k8sSA?.delegates.some((named) => isSame(named, delegate)))
    .toSorted(byName)[0]?.status?.audience
}

function isSame(left: ActiveAuthorityDeps['delegate'], right: ActiveAuthorityDeps['delegate']): boolean {
  return left.namespace === right.namespace && left.serviceAccount === right.serviceAccount
}
