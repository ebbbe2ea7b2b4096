/** Pods as the API server shows them at admission, and AdmissionReviews around them. */

export type PodManifest = {
  apiVersion: 'v1'
  kind: 'Pod'
  metadata: { name?: string; generateName?: string; namespace: string; annotations?: Record<string, string> }
  spec: Record<string, unknown> & { containers: Record<string, unknown>[] }
}

type Change = (pod: PodManifest) => void

/** A pod `web-0` in `shop` with one container and its service account's token, as a Deployment's pod arrives. */
export function aPod(...changes: Change[]): PodManifest {
  const pod: PodManifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'web-5d7c-', namespace: 'shop' },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'example/app:1',
          resources: {},
          volumeMounts: [
            {
              name: 'kube-api-access-abcde',
              readOnly: true,
              mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
            },
          ],
        },
      ],
      serviceAccountName: 'web',
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      volumes: [{ name: 'kube-api-access-abcde', projected: { sources: [] } }],
    },
  }
  for (const change of changes) change(pod)
  return pod
}

export const annotated =
  (annotations: Record<string, string>): Change =>
  (pod) => {
    pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations }
  }

/** Sets members of `spec`; undefined removes one. */
export const withSpec =
  (members: Record<string, unknown>): Change =>
  (pod) => {
    for (const [name, value] of Object.entries(members)) {
      if (value === undefined) delete pod.spec[name]
      else pod.spec[name] = value
    }
  }

/** Sets members of the first container. */
export const withContainer =
  (members: Record<string, unknown>): Change =>
  (pod) => {
    Object.assign(pod.spec.containers[0] ?? {}, members)
  }

/** A review of the creation of `object`. */
export function aReview(object: unknown, request: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '7a1c0c2e-1111-4222-8333-944445555666',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'shop',
      object,
      dryRun: false,
      ...request,
    },
  }
}
