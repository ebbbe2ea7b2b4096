import type { Authority } from '../../../../core/resources/authority.ts'
import type { ObjectMeta } from '../../../../core/resources/metadata.ts'
import { authorityObjects, labels } from '../../../names.ts'

/** What every object of an Authority is rendered from. */
export type RenderContext = {
  readonly authority: Authority
  /** The operator's own namespace, where all of them live. */
  readonly namespace: string
  readonly pod: AuthorityPod
  /** Names the chain and the roots that are mounted: lower-case hex SHA-256 of their PEM. */
  readonly materialSha256: string
}

type Quantities = Readonly<Record<string, string>>

/** What the chart says about the pods of authorities; the operator's own image among it. */
export type AuthorityPod = {
  readonly image: string
  readonly imagePullPolicy?: string
  readonly imagePullSecrets?: readonly { readonly name: string }[]
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities }
  readonly logLevel?: string
  /** Passed to the pod as they are. */
  readonly nodeSelector?: object
  readonly tolerations?: readonly object[]
  readonly affinity?: object
  readonly priorityClassName?: string
}

/** Does it have anything to say without TLS, which who verifies certificates often asks for? */
export function servesPlainly({ spec: { crl, ocsp } }: Authority): boolean {
  return crl?.enabled === true || ocsp?.enabled === true
}

/** Labels that select the pods of an Authority. */
export function selectorOf(authority: string): Record<string, string> {
  return { [labels.name]: 'signet', [labels.component]: 'authority', [labels.authority]: authority }
}

export function labelsOf(authority: string): Record<string, string> {
  return { ...selectorOf(authority), [labels.managedBy]: 'signet-operator' }
}

/**
 * Metadata of an object that goes when the Authority goes. `blockOwnerDeletion` stays out: it would need the right to set
 * finalizers on Authorities, and nothing waits for these objects.
 */
export function ownedMetadata({ authority, namespace }: RenderContext): ObjectMeta & { namespace: string } {
  return {
    name: authorityObjects(authority.metadata.name).workload,
    namespace,
    labels: labelsOf(authority.metadata.name),
    ownerReferences: [
      {
        apiVersion: authority.apiVersion,
        kind: authority.kind,
        name: authority.metadata.name,
        uid: authority.metadata.uid ?? '',
        controller: true,
      },
    ],
  }
}
