/** What no component may do, as arguments of `kubectl auth can-i`. */

/** Steps by which one right becomes all rights; nobody has them. */
const takeovers = [
  'escalate clusterroles.rbac.authorization.k8s.io',
  'escalate roles.rbac.authorization.k8s.io -n signet-system',
  'bind clusterroles.rbac.authorization.k8s.io/cluster-admin',
  'bind clusterroles.rbac.authorization.k8s.io/signet-operator',
  'bind roles.rbac.authorization.k8s.io/signet-operator -n signet-system',
  'create clusterrolebindings.rbac.authorization.k8s.io',
  'patch clusterrolebindings.rbac.authorization.k8s.io/cluster-admin',
  'create rolebindings.rbac.authorization.k8s.io -n kube-system',
  'patch clusterroles.rbac.authorization.k8s.io/signet-authority',
  'patch roles.rbac.authorization.k8s.io/signet-authority -n signet-system',
  'impersonate users',
  'impersonate serviceaccounts -n kube-system',
  'impersonate groups/system:masters',
  'create pods --subresource=exec -n default',
  'create pods --subresource=ephemeralcontainers -n default',
  'get nodes --subresource=proxy',
  'create serviceaccounts/default --subresource=token -n default',
  'create serviceaccounts/signet-webhook --subresource=token -n signet-system',
  'create pods -n signet-system',
  'create deployments.apps -n signet-system',
  'patch validatingwebhookconfigurations.admissionregistration.k8s.io',
  'create mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'patch customresourcedefinitions.apiextensions.k8s.io/certificates.signet.dev',
  'create certificatesigningrequests.certificates.k8s.io',
]

/** Everything about Secrets, for those that need none or two. */
const secrets = [
  'list secrets -A',
  'get secrets -n default',
  'get secrets/signet-root -n signet-system',
  'create secrets -n signet-system',
  'patch secrets/signet-config -n signet-system',
]

/** Objects of users that no process of ours changes. */
const wishes = [
  'patch certificates.signet.dev -n default',
  'delete certificates.signet.dev -n default',
  'create certificatepolicies.signet.dev',
  'patch certificatepolicies.signet.dev',
  'patch provisioners.signet.dev/kubernetes',
  'update provisioners.signet.dev/kubernetes',
  'delete provisioners.signet.dev/kubernetes',
  'patch authorities.signet.dev/signet',
  'delete authorities.signet.dev/signet',
]

/** By the name of the ServiceAccount in signet-system. */
export const forbidden: Readonly<Record<string, readonly string[]>> = {
  'signet-operator': [
    ...takeovers,
    ...wishes,
    'delete secrets -n default',
    'deletecollection secrets -A',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/other',
    'create statefulsets.apps -n signet-system',
    'patch statefulsets.apps/other -n signet-system',
    'create statefulsets.apps/signet -n default',
    'list pods -A',
    'create tokenreviews.authentication.k8s.io',
    'patch leases.coordination.k8s.io -n kube-system',
    'get configmaps -n kube-system',
  ],
  'signet-webhook': [
    ...takeovers,
    ...wishes,
    ...secrets,
    'get secrets/signet-intermediate -n signet-system',
    'get pods -n default',
    'list certificates.signet.dev -A',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/signet',
    'create tokenreviews.authentication.k8s.io',
    'create events.events.k8s.io -n default',
  ],
  // The ServiceAccount of the default Authority has its name.
  signet: [
    ...takeovers,
    ...wishes,
    ...secrets,
    'list pods -A',
    'list certificates.signet.dev -A',
    // Only where the admin API is on.
    'list provisioners.signet.dev',
    'create provisioners.signet.dev',
    'patch certificates.signet.dev --subresource=status -n default',
    // Mounted, so never asked for.
    'get secrets/signet-intermediate -n signet-system',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/signet',
    'get configmaps -n kube-system',
  ],
}

/** That the questions are understood: what each component must be able to do. */
export const needed: Readonly<Record<string, readonly string[]>> = {
  'signet-operator': [
    'patch secrets/web-tls -n default',
    'bind clusterroles.rbac.authorization.k8s.io/signet-authority',
    'create statefulsets.apps/signet -n signet-system',
    'create serviceaccounts/signet-operator --subresource=token -n signet-system',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/signet',
  ],
  'signet-webhook': ['watch certificatepolicies.signet.dev', 'watch authorities.signet.dev'],
  signet: [
    'create tokenreviews.authentication.k8s.io',
    'get pods -n default',
    'get secrets/signet-config -n signet-system',
  ],
}
