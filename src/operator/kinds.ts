import type { KubernetesObject, ResourceKind } from '../core/resources/index.ts'
import type { Secret } from './controllers/certificate/secret-facts.ts'

const builtIn = <T extends KubernetesObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced = true,
): ResourceKind<T> => ({ apiVersion, kind, plural, namespaced })

/** A Pod (core/v1), as far as the operator reads it. */
export type Pod = KubernetesObject & {
  status?: { podIP?: string; conditions?: { type: string; status: string }[] }
}

/** A MutatingWebhookConfiguration, as far as the operator reads it. */
export type WebhookConfiguration = KubernetesObject & {
  webhooks?: { name: string; clientConfig?: { caBundle?: string } }[]
}

export const secrets = builtIn<Secret>('v1', 'Secret', 'secrets')
export const pods = builtIn<Pod>('v1', 'Pod', 'pods')
/** Read for their labels and whether they end. */
export const namespaces = builtIn('v1', 'Namespace', 'namespaces', false)
export const leases = builtIn('coordination.k8s.io/v1', 'Lease', 'leases')
export const webhookConfigurations = builtIn<WebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  false,
)

/** The kinds of which an Authority owns one object each. */
export const ownedKinds = {
  ServiceAccount: builtIn('v1', 'ServiceAccount', 'serviceaccounts'),
  RoleBinding: builtIn('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  ClusterRoleBinding: builtIn('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', false),
  NetworkPolicy: builtIn('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  Service: builtIn('v1', 'Service', 'services'),
  StatefulSet: builtIn('apps/v1', 'StatefulSet', 'statefulsets'),
} as const satisfies Readonly<Record<string, ResourceKind>>
export type OwnedKind = keyof typeof ownedKinds
