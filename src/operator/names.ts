/** Names, labels and annotations that the operator writes; the chart's RBAC names the same objects. */

export const fieldManager = 'signet-operator'

export const labels = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  /** On everything that the operator owns for an Authority: the Authority's name. */
  authority: 'signet.dev/authority',
  /** On the Secret of a Certificate: uid of the Certificate. The informer of Secrets selects by it. */
  certificateUid: 'signet.dev/certificate-uid',
} as const

export const annotations = {
  /** On an owned object: hash of what was applied, so that a field that is no longer wanted counts as a difference. */
  applied: 'signet.dev/applied',
  /** On the Secret of a Certificate. */
  certificateName: 'signet.dev/certificate-name',
  /** On the Secret of a Certificate: hash of the part of the spec that decides what is asked for. */
  request: 'signet.dev/request',
  /** On the Secret of a Certificate: RFC 3339; renewal is planned from here, because notBefore is set back. */
  issuedAt: 'signet.dev/issued-at',
  /** On the Lease: the default objects were created once; they are not brought back. */
  defaultsCreated: 'signet.dev/defaults-created',
  /** On the pod template of an authority: it restarts when its mounted intermediate or roots change. */
  material: 'signet.dev/material',
} as const

/** The chart's fixed ClusterRole that an authority's ServiceAccount is bound to. */
export const authorityRole = 'signet-authority'

/** Ports of an authority's pod; `http` serves lists and OCSP, and only where there are any. */
export const authorityPorts = { https: 8443, http: 8080, metrics: 9090 } as const

/** Names of the objects of one Authority; all in the operator's namespace but the ClusterRoleBinding. */
export function authorityObjects(authority: string) {
  return {
    workload: authority,
    root: `${authority}-root`,
    intermediate: `${authority}-intermediate`,
    config: `${authority}-config`,
    clusterRoleBinding: `${authorityRole}-${authority}`,
    /** The chart's fixed Role for this Authority: its own configuration and nobody else's. */
    role: `${authorityRole}-${authority}`,
  }
}

/** The name by which clients in the cluster reach an Authority; it is the first of its certificate's names. */
export const serviceHost = (authority: string, namespace: string) => `${authority}.${namespace}.svc`
