import type { Clock } from '../../../core/clock.ts'
import type { Certificate, KubernetesObject, Named, ObjectKey } from '../../../core/resources/index.ts'
import { keyText } from '../../keys.ts'
import { secrets as secretKind } from '../../kinds.ts'
import { isOlder, type OwnWrites } from '../../own-writes.ts'
import type { Informer, KubeApi } from '../../ports.ts'
import { findActiveAuthority, type ActiveAuthorityDeps } from './active-authority.ts'
import type { CertificateInput } from './decide.ts'
import { secretKeyOf } from './indexes.ts'
import { readSecretFacts, type Secret, type SecretFacts } from './secret-facts.ts'
import { wantedIssue } from './wanted.ts'

/**
 * What is known about Secrets that were read. Only metadata of Secrets is watched: a Secret is read again when its
 * resourceVersion is another than that of the last look, so that damage is found at once and nothing is read for nothing.
 */
export type SecretMemory = {
  /** Asks the API server only if the watch says that something changed. */
  look(key: ObjectKey): Promise<SecretFacts | undefined>
  /** Takes in what was just written. */
  wrote(secret: Named<Secret>, facts: Omit<SecretFacts, 'resourceVersion'>): SecretFacts
}

export function createSecretMemory(
  kube: Pick<KubeApi, 'get'>,
  watched: Pick<Informer<KubernetesObject>, 'get'>,
): SecretMemory {
  const memory = new Map<string, SecretFacts>()
  return {
    async look(key) {
      const seen = watched.get(key)
      const known = memory.get(keyText(key))
      // Not older than what the watch has: the same, or our own write of which it has not heard yet.
      if (seen !== undefined && known !== undefined && !isOlder(known.resourceVersion, seen.metadata.resourceVersion))
        return known
      const secret = await kube.get(secretKind, key)
      if (secret === undefined) {
        memory.delete(keyText(key))
        return undefined
      }
      const facts = readSecretFacts(secret)
      memory.set(keyText(key), facts)
      return facts
    },
    wrote({ metadata }, facts) {
      const known = { ...facts, resourceVersion: metadata.resourceVersion ?? '' }
      memory.set(keyText(metadata), known)
      return known
    },
  }
}

export type GatherDeps = {
  readonly certificates: Pick<Informer<Certificate>, 'byIndex'>
  readonly own: OwnWrites<Certificate>
  readonly secrets: SecretMemory
  readonly active: ActiveAuthorityDeps
  readonly clock: Clock
}

/** All that a decision about this Certificate depends on; `malformed` if its spec cannot be understood. */
export async function gather(certificate: Certificate, deps: GatherDeps): Promise<CertificateInput> {
  return {
    certificate,
    wanted: wantedIssue(certificate.spec),
    rival: findRival(certificate, deps),
    authority: findActiveAuthority(certificate.spec.authorityRef.name, deps.active),
    secret: await deps.secrets.look(secretKeyOf(certificate)),
    now: deps.clock.now(),
  }
}

/** The oldest other Certificate with the same Secret, if it is older than this one; equal ages are decided by uid. */
function findRival(certificate: Certificate, { certificates }: GatherDeps): Certificate | undefined {
  const rivals = certificates
    .byIndex('secret', keyText(secretKeyOf(certificate)))
    .filter(({ metadata }) => metadata.uid !== certificate.metadata.uid && metadata.deletionTimestamp === undefined)
  return rivals
    .filter((rival) => ageOf(rival) < ageOf(certificate))
    .toSorted((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1))[0]
}

function ageOf({ metadata }: Certificate): string {
  return `${metadata.creationTimestamp ?? ''}/${metadata.uid ?? ''}`
}
