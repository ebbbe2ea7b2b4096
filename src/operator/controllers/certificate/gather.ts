import type { Clock } from '../../../core/clock.ts'
import type { Certificate, KubernetesObject, ObjectKey } from '../../../core/resources/index.ts'
import { keyText } from '../../../core/resources/object-key.ts'
import { secrets as secretKind } from '../../kinds.ts'
import { isOlder } from '../../own-writes.ts'
import type { Informer, KubeApi } from '../../ports.ts'
import { findActiveAuthority, type ActiveAuthorityDeps } from './active-authority.ts'
import type { CertificateInput } from './decide.ts'
import { secretKeyOf } from './indexes.ts'
import { readSecretFacts, type SecretFacts } from './secret-facts.ts'
import type { WantedIssue } from './wanted.ts'

/**
 * What is known about the Secrets of Certificates. Only metadata of Secrets is watched: a Secret is read again when its
 * resourceVersion is another than that of the last look, so that damage is found at once and nothing is read for nothing.
 */
export type SecretMemory = {
  /** What the Secret of this Certificate holds; asks the API server only if the watch says that something changed. */
  look(certificate: Certificate): Promise<SecretFacts | undefined>
  /** Takes in what was just written for it. */
  wrote(certificate: Certificate, facts: SecretFacts): void
  /** The Certificate of this key is gone. */
  forget(certificate: ObjectKey): void
}

export function createSecretMemory(
  kube: Pick<KubeApi, 'get'>,
  watched: Pick<Informer<KubernetesObject>, 'get'>,
): SecretMemory {
  const memory = new Map<string, { readonly secretName: string; readonly facts: SecretFacts }>()
  const remember = ({ metadata, spec }: Certificate, facts: SecretFacts): SecretFacts => {
    memory.set(keyText(metadata), { secretName: spec.secretName, facts })
    return facts
  }
  return {
    async look(certificate) {
      const { metadata, spec } = certificate
      const seen = watched.get(secretKeyOf(certificate))
      const known = memory.get(keyText(metadata))
      if (seen !== undefined && known?.secretName === spec.secretName) {
        // Not older than what the watch has: the same, or our own write of which it has not heard yet.
        if (!isOlder(known.facts.resourceVersion, seen.metadata.resourceVersion)) return known.facts
      }
      const secret = await kube.get(secretKind, secretKeyOf(certificate))
      if (secret !== undefined) return remember(certificate, readSecretFacts(secret))
      memory.delete(keyText(metadata))
      return undefined
    },
    wrote: (certificate, facts) => void remember(certificate, facts),
    forget: (key) => void memory.delete(keyText(key)),
  }
}

export type GatherDeps = {
  readonly certificates: Pick<Informer<Certificate>, 'byIndex'>
  readonly secrets: SecretMemory
  readonly active: ActiveAuthorityDeps
  readonly clock: Clock
}

/** All that a decision about this Certificate depends on. */
export async function gather(
  certificate: Certificate,
  wanted: WantedIssue,
  deps: GatherDeps,
): Promise<CertificateInput> {
  return {
    certificate,
    wanted,
    rival: findRival(certificate, deps),
    authority: findActiveAuthority(certificate.spec.authorityRef.name, deps.active),
    secret: await deps.secrets.look(certificate),
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
