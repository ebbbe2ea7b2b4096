import type { KubeApi } from '../../adapters/kubernetes/client.ts'
import { startInformer, type Informer, type InformerOptions } from '../../adapters/kubernetes/informer.ts'
import type { Log } from '../../core/log.ts'
import {
  authorities,
  certificatePolicies,
  certificates,
  provisioners,
  type KubernetesObject,
  type ResourceKind,
} from '../../core/resources/index.ts'
import { certificateIndexes } from '../../operator/controllers/certificate/indexes.ts'
import type { Informers } from '../../operator/informers.ts'
import {
  namespaces as namespaceKind,
  ownedKinds,
  pods,
  secrets,
  webhookConfigurations,
  type OwnedKind,
} from '../../operator/kinds.ts'
import { labels } from '../../operator/names.ts'
import type { OperatorEnvironment } from './environment.ts'

type Selection = Pick<
  InformerOptions<KubernetesObject>,
  'labelSelector' | 'fieldSelector' | 'metadataOnly' | 'namespaces'
>

export type RunningInformers = {
  readonly informers: Informers
  /** Resolves when everything that was there has been listed. */
  readonly listed: Promise<void>
  stop(): void
}

/** Starts to watch everything that the operator needs; of Secrets only metadata comes to this process unasked. */
export function startInformers(
  api: Pick<KubeApi, 'list' | 'watch'>,
  { settings, namespaces, webhookConfiguration }: OperatorEnvironment,
  log: Log,
): RunningInformers {
  const started: Pick<Informer<KubernetesObject>, 'stop' | 'whenSynced'>[] = []
  const watch = <T extends KubernetesObject>(
    kind: ResourceKind<T>,
    selection: Selection & Pick<InformerOptions<T>, 'indexes'> = {},
  ): Informer<T> => {
    const informer = startInformer({ api, kind, log, ...selection })
    started.push(informer)
    return informer
  }
  const served = namespaces === undefined ? {} : { namespaces }
  const own = { namespaces: [settings.namespace], labelSelector: labels.authority }
  const owned = Object.entries(ownedKinds).map(([name, kind]: [string, ResourceKind]) => [
    name,
    watch(kind, kind.namespaced ? own : { labelSelector: labels.authority }),
  ])
  const informers: Informers = {
    authorities: watch(authorities),
    provisioners: watch(provisioners),
    policies: watch(certificatePolicies),
    namespaces: watch(namespaceKind, { metadataOnly: true }),
    certificates: watch(certificates, { indexes: certificateIndexes, ...served }),
    certificateSecrets: watch<KubernetesObject>(secrets, {
      ...served,
      labelSelector: labels.certificateUid,
      metadataOnly: true,
    }),
    authoritySecrets: watch<KubernetesObject>(secrets, { ...own, metadataOnly: true }),
    pods: watch(pods, own),
    owned: Object.fromEntries(owned) as Record<OwnedKind, Informer<KubernetesObject>>,
    webhookConfigurations: watch(webhookConfigurations, { fieldSelector: `metadata.name=${webhookConfiguration}` }),
  }
  return {
    informers,
    listed: Promise.all(started.map((informer) => informer.whenSynced())).then(() => undefined),
    stop() {
      for (const informer of started) informer.stop()
    },
  }
}
