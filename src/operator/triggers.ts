import { isDeepStrictEqual } from 'node:util'
import type { Authority, Certificate, KubernetesObject, Named, ObjectKey } from '../core/resources/index.ts'
import { certificateIndexes } from './controllers/certificate/indexes.ts'
import type { Informers } from './informers.ts'
import { keyText } from '../core/resources/object-key.ts'
import { labels } from './names.ts'
import type { Change, ControllerName, WorkQueue } from './ports.ts'

export type TriggerDeps = {
  readonly informers: Informers
  readonly queues: Readonly<Record<ControllerName, WorkQueue>>
  /** Asks for refused Certificates again in so many milliseconds, because the answer may be another then. */
  readonly insist: (key: ObjectKey, delayMs: number) => void
}

/** The authority hears of a change by a watch of its own: it gets this long before it is asked. Milliseconds. */
const hearsayMs = 2000

/** Which change wakes which object: every object is looked at when anything changes that its state depends on. */
export function connectTriggers(deps: TriggerDeps): void {
  const { informers, queues } = deps
  const { authorities, provisioners, certificates } = informers

  authorities.onChange((change) => {
    const { name } = objectOf(change).metadata
    if (isNews(change)) queues.authority.add(name)
    if (isEdited(change)) askAgain(certificatesOf(name, deps), deps)
    for (const { metadata, spec } of provisioners.list()) {
      if (spec.authorityRef.name === name) queues.provisioner.add(metadata.name)
    }
    if (isDeepStrictEqual(seenByCertificates(change.previous), seenByCertificates(change.current))) return
    for (const key of certificatesOf(name, deps)) queues.certificate.add(key)
    for (const { metadata } of informers.webhookConfigurations.list()) queues.webhook.add(metadata.name)
  })

  provisioners.onChange((change) => {
    const { metadata, spec, status } = objectOf(change)
    if (isNews(change)) {
      queues.provisioner.add(metadata.name)
      queues.authority.add(spec.authorityRef.name)
    }
    if (isNews(change) && !isRepeated(change)) askAgain(certificatesOf(spec.authorityRef.name, deps), deps)
    if (status?.audience === change.previous?.status?.audience) return
    for (const key of certificatesOf(spec.authorityRef.name, deps)) queues.certificate.add(key)
  })

  informers.policies.onChange((change) => {
    if (!isNews(change)) return
    queues.policy.add(objectOf(change).metadata.name)
    const everyone = certificates.list().map(({ metadata }) => keyText(metadata))
    if (!isRepeated(change)) askAgain(everyone, deps)
  })

  informers.namespaces.onChange((change) => {
    const { current, previous } = change
    if (isDeepStrictEqual(current?.metadata.labels, previous?.metadata.labels)) return
    for (const { metadata } of informers.policies.list()) queues.policy.add(metadata.name)
    const { name } = objectOf(change).metadata
    const within = certificates.list().filter(({ metadata }) => metadata.namespace === name)
    if (previous !== undefined)
      askAgain(
        within.map(({ metadata }) => keyText(metadata)),
        deps,
      )
  })

  certificates.onChange((change) => {
    if (!isNews(change)) return
    queues.certificate.add(keyText(objectOf(change).metadata))
    // Whoever wanted the same Secret may have it now, or not any more.
    for (const state of [change.previous, change.current]) {
      for (const secret of state === undefined ? [] : certificateIndexes.secret(state)) wakeWriters(secret, deps)
    }
  })
  informers.certificateSecrets.onChange((change) => wakeWriters(keyText(objectOf(change).metadata), deps))

  const ofAuthority = (change: Change<KubernetesObject>): void => {
    const authority = objectOf(change).metadata.labels?.[labels.authority]
    if (authority !== undefined) queues.authority.add(authority)
  }
  informers.authoritySecrets.onChange(ofAuthority)
  informers.pods.onChange(ofAuthority)
  for (const informer of Object.values(informers.owned)) informer.onChange(ofAuthority)

  informers.webhookConfigurations.onChange((change) => queues.webhook.add(objectOf(change).metadata.name))
}

function objectOf<T extends KubernetesObject>({ current, previous }: Change<T>): Named<T> {
  const object = current ?? previous
  if (object === undefined) throw new TypeError('a change of nothing')
  return object
}

/** New, gone, another spec, or told again by a list; a change of status alone is the operator's own doing. */
function isNews<T extends KubernetesObject>({ current, previous }: Change<T>): boolean {
  if (current === undefined || previous === undefined) return true
  const [now, before] = [current.metadata, previous.metadata]
  return (
    now.generation !== before.generation ||
    now.uid !== before.uid ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    isRepeated({ current, previous })
  )
}

/** Was there before, with another spec. */
function isEdited<T extends KubernetesObject>({ current, previous }: Change<T>): boolean {
  return previous !== undefined && current?.metadata.generation !== previous.metadata.generation
}

/** Told again by a list, as it was: a chance to mend what was missed, and no reason to ask anybody anything. */
function isRepeated<T extends KubernetesObject>({ current, previous }: Change<T>): boolean {
  return current !== undefined && current.metadata.resourceVersion === previous?.metadata.resourceVersion
}

/** The part of an Authority on which Certificates depend; its readiness because they wait for it. */
function seenByCertificates(authority: Authority | undefined): unknown {
  const { roots, intermediate, endpoint, conditions } = authority?.status ?? {}
  return [roots, intermediate, endpoint, conditions?.find(({ type }) => type === 'Ready')?.status]
}

function certificatesOf(authority: string, { informers }: TriggerDeps): string[] {
  return informers.certificates.byIndex('authority', authority).map(({ metadata }) => keyText(metadata))
}

function wakeWriters(secret: string, { informers, queues }: TriggerDeps): void {
  for (const { metadata } of informers.certificates.byIndex('secret', secret)) queues.certificate.add(keyText(metadata))
}

/** Of these Certificates, has those looked at that were refused. */
function askAgain(keys: readonly string[], { informers, queues, insist }: TriggerDeps): void {
  const wanted = new Set(keys)
  for (const certificate of informers.certificates.list()) {
    const key = keyText(certificate.metadata)
    if (!wanted.has(key) || !isRefused(certificate)) continue
    insist(certificate.metadata, hearsayMs)
    queues.certificate.addAfter(key, hearsayMs)
  }
}

function isRefused({ status }: Certificate): boolean {
  return status?.nextAttemptTime !== undefined
}
