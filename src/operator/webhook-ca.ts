import type { Authority, ObjectKey } from '../core/resources/index.ts'
import { webhookConfigurations, type WebhookConfiguration } from './kinds.ts'
import type { Informer, KubeApi } from './ports.ts'

export type WebhookCaDeps = {
  readonly kube: Pick<KubeApi, 'apply'>
  readonly configurations: Pick<Informer<WebhookConfiguration>, 'get'>
  readonly authorities: Pick<Informer<Authority>, 'get'>
  /** Name of the Authority that issues the webhook's serving certificate. */
  readonly authority: string
}

/**
 * Keeps `caBundle` of every webhook of a MutatingWebhookConfiguration equal to the active roots of one Authority. Only
 * that field is applied, so the chart goes on owning everything else. Before there are roots, nothing is written.
 */
export function createWebhookCaReconciler(deps: WebhookCaDeps): (key: ObjectKey) => Promise<undefined> {
  return async ({ name }) => {
    const { webhooks = [] } = deps.configurations.get({ name }) ?? {}
    const roots = deps.authorities.get({ name: deps.authority })?.status?.roots ?? []
    if (webhooks.length === 0 || roots.length === 0) return
    const caBundle = Buffer.from(roots.map(({ certificate }) => certificate).join(''), 'utf8').toString('base64')
    if (webhooks.every(({ clientConfig }) => clientConfig?.caBundle === caBundle)) return
    const own = webhooks.map((webhook) => ({ name: webhook.name, clientConfig: { caBundle } }))
    await deps.kube.apply(webhookConfigurations, { metadata: { name }, webhooks: own })
  }
}
