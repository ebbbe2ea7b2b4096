import type { Names } from '../names/names.ts'
import type { SubjectFields } from '../x509/name.ts'

/** Who asks for a certificate, as far as policy needs to know. */
export type PolicySubject = {
  readonly kind: 'Pod' | 'Certificate'
  readonly namespace: string
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** Of the pod; absent for a Certificate, which only rules without `serviceAccounts` select. */
  readonly serviceAccount?: string
  readonly hostNetwork?: boolean
  /** The pod's own IPs as the API shows them; undefined where they are not known yet (at admission). */
  readonly podIPs?: readonly string[]
}

/** What is asked for, after defaults. */
export type PolicyRequest = {
  readonly subject: PolicySubject
  readonly commonName: string
  /** With the pod's own IPs, where they are asked for and known. */
  readonly names: Names
  /** The pod's own IPs are asked for by `${POD_IP}`, before they are known. */
  readonly wantsPodIPs: boolean
  readonly isCA: boolean
  /** Whole seconds, without backdate; undefined: the provisioner's default, or what the rule allows if that is less. */
  readonly durationSeconds?: number
  readonly keyAlgorithm?: string
  /** Attributes of the certificate's subject besides the common name. */
  readonly attributes: SubjectFields
  /** In the names of `Certificate.spec.usages`; without an extended one it is asked for `any`. */
  readonly usages: readonly string[]
}

/** One thing that no rule allows, or that a rule denies. */
export type PolicyViolation = {
  /** `DNS name "a.b" is not allowed`: starts with what it is about, holds the value, and goes on with `by rule …`. */
  readonly message: string
  /** The rule that refused, such as `default` or `CertificatePolicy/web`. */
  readonly rule: string
}

/** What a CA certificate is limited to. */
export type PermittedDomains = { readonly permittedDNSDomains: readonly string[] }

export type PolicyDecision =
  | {
      readonly allowed: true
      /** The rule that allowed all of it. */
      readonly rule: string
      /** Of that rule, where a CA certificate is asked for. */
      readonly nameConstraints?: PermittedDomains
      /** Of that rule: the longest life, where it limits it. */
      readonly maxDurationSeconds?: number
      readonly audit: readonly PolicyViolation[]
    }
  | {
      readonly allowed: false
      readonly violations: readonly PolicyViolation[]
      readonly audit: readonly PolicyViolation[]
    }

/** The violations as one text: `DNS name "a.b" is not allowed by rule default`, several with `; ` between them. */
export function describeViolations(violations: readonly PolicyViolation[]): string {
  return violations.map(({ message, rule }) => `${message} by rule ${rule}`).join('; ')
}
