import type { Validity } from '../core/claims.ts'
import type { TimeDuration } from '../core/duration.ts'
import type { Names } from '../core/names/names.ts'
import type { PolicyRequest } from '../core/policy/policy.ts'
import type { Json, Template } from '../core/templates/template.ts'
import type { CertificateRequest } from '../core/x509/csr.ts'
import type { SubjectFields } from '../core/x509/name.ts'
import type { ProvisionerExtension } from '../core/x509/provisioner-extension.ts'
import type { Usages } from '../core/x509/usages.ts'
import type { CredentialUse, IssuedTo, ObjectReference } from './ports.ts'
import type { WebhookPrincipal } from './webhooks/webhook-body.ts'

/** Who sent a request, as far as the wire knows. */
export type RequestContext = {
  /** The id under which everything about the request is logged. */
  readonly requestId: string
  /** IP address of the TCP peer. */
  readonly sourceAddress?: string
  /** Takes what happens on the way, by name, for the one line of the log of the request: nothing secret. */
  readonly note?: (details: Readonly<Record<string, unknown>>) => void
}

/** A request for a certificate, parsed, nothing about it verified. */
export type SignX509Request = {
  readonly csr: CertificateRequest
  readonly token: string
  readonly notBefore?: TimeDuration
  readonly notAfter?: TimeDuration
  /** For the provisioner's own template, as `.Insecure.User`; any JSON. */
  readonly templateData?: Json
  /** The Certificate that a delegate asks for. */
  readonly certificate?: { readonly namespace: string; readonly name: string; readonly uid: string }
}

/** What the CSR may say. */
export type CsrRule = {
  /**
   * `equal`: names of each kind none or exactly these (step's JWK). `subset`: as `equal`, but any of the DNS names (step's
   * cloud instances). `within`: any of these, and nothing else either. `any`: whatever names there are.
   */
  readonly match: 'equal' | 'subset' | 'within' | 'any'
  /** An empty common name is always right; undefined: any is. */
  readonly commonNames: readonly string[] | undefined
  readonly names: Names
  /** Further subject attributes that may be there; undefined: any, because they are not used (step's JWK). */
  readonly subject: SubjectFields | undefined
  readonly isCA: boolean
  /** The kind of key that it must have; undefined: any that Signet certifies. */
  readonly keyAlgorithm: string | undefined
  /** Whose wish it is, in messages: `pod shop/web-0`. */
  readonly owner: string
}

/** How long the certificate shall hold. */
export type Lifetime = {
  readonly request: { readonly notBefore?: TimeDuration | undefined; readonly notAfter?: TimeDuration | undefined }
  /** Milliseconds, from what was wished for at admission or in the spec; undefined: the provisioner's default. */
  readonly wished: number | undefined
  /** What the certificate must lie in, that of a credential; milliseconds since the epoch. undefined: nothing of the kind. */
  readonly within?: Validity
  /** True: `request` may shorten but not lengthen what was wished for. */
  readonly bound: boolean
}

/** What a verified credential permits: everything that the path after it needs to know, and nothing that it must trust. */
export type X509Grant = {
  readonly issuedTo: IssuedTo
  /** The object to write Events on. */
  readonly regarding: ObjectReference | undefined
  /** How the credential is spent; undefined: it need not be recorded. */
  readonly use: CredentialUse | undefined
  readonly csr: CsrRule
  /** What goes into the template. */
  readonly subject: SubjectFields
  readonly names: Names
  /** What a template of the provisioner's own finds instead, where the two above are the CSR's and nobody vouches for them. */
  readonly proven?: { readonly subject: SubjectFields; readonly names: Names }
  /** What webhooks are told of who asks; undefined: nothing. */
  readonly principal?: WebhookPrincipal
  /** undefined: those of a TLS leaf by kind of key. */
  readonly usages: Usages | undefined
  readonly isCA: boolean
  readonly template: Template
  /** What the provisioner extension says of this credential in place of what it says of the provisioner's. */
  readonly extension?: Pick<ProvisionerExtension, 'credentialId' | 'keyValuePairs'>
  readonly lifetime: Lifetime
  /** What policy must allow; undefined: the provisioner decides alone. Labels of the namespace are added on the way. */
  readonly policy: GrantPolicy | undefined
}

/** What a verified credential says about a revocation. */
export type X509RevokeGrant = {
  /** The one certificate that it is for, as the credential has it: decimal, or no serial number at all. */
  readonly serial: string
  /** How the credential is spent; undefined: it need not be recorded. */
  readonly use: CredentialUse | undefined
}

/** What policy is asked, without what the certificate itself will say: subject, usages, key. */
export type GrantPolicy = Omit<PolicyRequest, 'subject' | 'keyAlgorithm' | 'commonName' | 'attributes' | 'usages'> & {
  readonly subject: Omit<PolicyRequest['subject'], 'namespaceLabels'>
}
