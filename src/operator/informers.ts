import type {
  Authority,
  Certificate,
  CertificatePolicy,
  KubernetesObject,
  Provisioner,
} from '../core/resources/index.ts'
import type { OwnedKind, Pod, WebhookConfiguration } from './kinds.ts'
import type { Informer } from './ports.ts'

/** Everything that the operator watches. */
export type Informers = {
  readonly authorities: Informer<Authority>
  readonly provisioners: Informer<Provisioner>
  readonly policies: Informer<CertificatePolicy>
  /** Metadata only. */
  readonly namespaces: Informer<KubernetesObject>
  /** In the namespaces of the operator, with the indexes of `certificateIndexes`. */
  readonly certificates: Informer<Certificate>
  /** Metadata of Secrets with the label of a Certificate, in the same namespaces. */
  readonly certificateSecrets: Informer<KubernetesObject>
  /** In the operator's own namespace with the label of an Authority, as the next two; metadata only. */
  readonly authoritySecrets: Informer<KubernetesObject>
  readonly pods: Informer<Pod>
  readonly owned: Readonly<Record<OwnedKind, Informer<KubernetesObject>>>
  /** The one that the chart made. */
  readonly webhookConfigurations: Informer<WebhookConfiguration>
}

/** All of them, for what concerns each alike. */
export function listInformers({ owned, ...rest }: Informers): Pick<Informer<KubernetesObject>, 'synced'>[] {
  return [...Object.values(rest), ...Object.values(owned)]
}
