/** What the authority reads of Kubernetes objects: plain facts, so that nothing here depends on a client library. */

export type TokenFacts =
  | { readonly authenticated: false; readonly error: string }
  | {
      readonly authenticated: true
      /** The audiences that the API server confirmed. */
      readonly audiences: readonly string[]
      /** `system:serviceaccount:<namespace>:<name>`. */
      readonly username: string
      /** From `authentication.kubernetes.io/pod-name` and `/pod-uid`; absent for tokens that are not bound to a pod. */
      readonly podName?: string
      readonly podUid?: string
      /** The token's `jti`, from `authentication.kubernetes.io/credential-id`. */
      readonly credentialId?: string
    }

export type PodFacts = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly serviceAccount: string
  readonly deleting: boolean
  /** All its containers have ended and none will start again: its phase is Succeeded or Failed. */
  readonly finished: boolean
  readonly hostNetwork: boolean
  readonly podIPs: readonly string[]
  /** Value of SIGNET_REQUEST in the injected container's environment, unparsed; undefined if there is none. */
  readonly request?: string
}

export type CertificateFacts = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly deleting: boolean
  /** `spec` of the Certificate as the API server holds it. */
  readonly spec: unknown
}
