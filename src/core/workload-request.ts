import type { KeyAlgorithm } from './x509/key-algorithm.ts'

/**
 * What a pod may have, fixed by the webhook at admission and written as JSON into the environment variable
 * `SIGNET_REQUEST` of the injected container (`design.md`, "A pod's wishes are fixed at admission"). The authority reads
 * it from the Pod's spec and requires CSR ⊆ wish ⊆ policy.
 */
export type WorkloadRequest = {
  /** CN of the subject; empty or one of the names below. */
  readonly commonName?: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly uris: readonly string[]
  readonly emailAddresses: readonly string[]
  /** True: the pod's own IPs, as the API shows them when the certificate is asked for. */
  readonly podIPs: boolean
  /** Go duration, such as `24h`. Absent: the provisioner's default. */
  readonly duration?: string
  readonly keyAlgorithm: KeyAlgorithm
}

/** Name of the environment variable that carries a WorkloadRequest. */
export const workloadRequestVariable = 'SIGNET_REQUEST'
