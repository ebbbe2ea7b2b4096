import type { Manifest } from '../../../manifest.ts'
import { authorityObjects, authorityRole } from '../../../names.ts'
import { ownedMetadata, type RenderContext } from './context.ts'

/** The identity of the authority's pods; the token is mounted by the pod template, not by default. */
export function renderServiceAccount(context: RenderContext): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: ownedMetadata(context),
    automountServiceAccountToken: false,
  }
}

/** Binds it to the chart's Role of its name: its own configuration, in Signet's namespace. The operator writes no rules. */
export function renderRoleBinding(context: RenderContext): Manifest {
  const { role } = authorityObjects(context.authority.metadata.name)
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: ownedMetadata(context),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
    subjects: [subject(context)],
  }
}

/** Binds it to the chart's ClusterRole: token reviews, and reading what decides about certificates. */
export function renderClusterRoleBinding(context: RenderContext): Manifest {
  const { namespace: _, ...metadata } = ownedMetadata(context)
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { ...metadata, name: authorityObjects(context.authority.metadata.name).clusterRoleBinding },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: authorityRole },
    subjects: [subject(context)],
  }
}

function subject({ authority, namespace }: RenderContext) {
  return { kind: 'ServiceAccount', name: authority.metadata.name, namespace }
}
