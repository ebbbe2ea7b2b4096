import type { Certificate, Named } from '../../../core/resources/index.ts'
import { secrets as secretKind } from '../../kinds.ts'
import type { KubeApi } from '../../ports.ts'
import type { SecretMemory } from './gather.ts'
import { secretKeyOf } from './indexes.ts'
import { renderSecret, renderSecretData, type SecretData } from './render-secret.ts'
import { readSecretFacts, textOf, type Secret, type SecretFacts } from './secret-facts.ts'
import type { WantedIssue } from './wanted.ts'

export type SecretWriteDeps = {
  readonly kube: Pick<KubeApi, 'get' | 'create' | 'apply' | 'mergePatch'>
  readonly secrets: SecretMemory
}

/** The Secret as it is to be. */
export function completeSecret(
  certificate: Certificate,
  wanted: WantedIssue,
  { issuedAt, ...data }: SecretData & { readonly issuedAt: number },
): Named<Secret> {
  return { ...renderSecret(certificate, wanted, issuedAt), data: renderSecretData(data) }
}

/**
 * Writes the Secret. What was looked at (`current`) must still be there, unchanged; where nothing was, nothing may be:
 * a Secret that came meanwhile is not taken over, not even one of our own. `conflict` in both cases.
 */
export async function writeSecret(
  certificate: Certificate,
  secret: Named<Secret>,
  current: SecretFacts | undefined,
  { kube, secrets }: SecretWriteDeps,
): Promise<SecretFacts> {
  const { metadata } = secret
  const written =
    current === undefined
      ? await createSecret(certificate, secret, kube)
      : await kube.apply(secretKind, { ...secret, metadata: { ...metadata, resourceVersion: current.resourceVersion } })
  const facts = readSecretFacts(written)
  secrets.wrote(certificate, facts)
  return facts
}

/**
 * Only a POST says that nothing may be there; an apply under our own name would overwrite what we wrote. But it owns the
 * fields as an update does, and a label of `secretTemplate` that is applied no more would stay: they are handed over to
 * apply, as client-go's csaupgrade does it.
 */
async function createSecret(
  { spec }: Certificate,
  secret: Named<Secret>,
  kube: SecretWriteDeps['kube'],
): Promise<Named<Secret>> {
  const created = await kube.create(secretKind, secret)
  const { name, namespace = '', resourceVersion, managedFields = [] } = created.metadata
  if (spec.secretTemplate === undefined) return created
  const applied = managedFields.map((entry) => ({ ...entry, operation: 'Apply' as const }))
  return kube.mergePatch(secretKind, { name, namespace }, { metadata: { resourceVersion, managedFields: applied } })
}

/** What the Secret of a Certificate holds now. */
export async function readSecretData(certificate: Certificate, kube: Pick<KubeApi, 'get'>): Promise<SecretData> {
  const data = (await kube.get(secretKind, secretKeyOf(certificate)))?.data ?? {}
  return { keyPem: textOf(data['tls.key']), chainPem: textOf(data['tls.crt']), rootsPem: textOf(data['ca.crt']) }
}
