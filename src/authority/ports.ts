import type { PolicyViolation } from '../core/policy/policy.ts'
import type { PolicyRule } from '../core/policy/rules.ts'
import type { Certificate } from '../core/x509/certificate.ts'
import type { PodFacts, CertificateFacts, TokenFacts } from './kubernetes-facts.ts'
import type { PreparedX509 } from './prepare-x509.ts'

/**
 * What the authority needs from the world. Each port is small; its prose is the contract, and one suite in
 * `test/unit/contracts/` runs on every implementation.
 */

/** Who a certificate was issued to. */
export type IssuedTo =
  | { readonly kind: 'token'; readonly subject: string }
  | {
      readonly kind: 'pod'
      readonly namespace: string
      readonly name: string
      readonly uid: string
      readonly serviceAccount: string
    }
  /** By a token that nobody was asked about: the pod is the one that it was bound to, alive or not. */
  | {
      readonly kind: 'serviceAccount'
      readonly namespace: string
      readonly name: string
      readonly pod?: { readonly name: string; readonly uid: string }
    }
  | { readonly kind: 'certificate'; readonly namespace: string; readonly name: string; readonly uid: string }
  /** The authority's own serving certificate. */
  | { readonly kind: 'authority' }

/** What is kept of a certificate: durable before anybody gets it, so that no certificate is out that the store does not know. */
export type IssuanceRecord = {
  /** Decimal, unique in the store for ever. */
  readonly serial: string
  readonly provisioner: { readonly id: string; readonly name: string; readonly type: string }
  readonly issuedTo: IssuedTo
  /** Id of the rule that allowed the names: `default`, `CertificatePolicy/web`, `provisioner`. */
  readonly rule: string
  /** Lower-case hex SHA-256 of the DER SubjectPublicKeyInfo. */
  readonly publicKeySha256: string
  /** Milliseconds since the epoch. */
  readonly requestedAt: number
  /** Serial of the certificate that this one renews. */
  readonly renews?: string
  /** DER. */
  readonly certificate: Uint8Array
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** A credential that is being spent, in the same durable write as the record of what it brings. */
export type CredentialUse =
  /** May be used once, ever. */
  | { readonly kind: 'once'; readonly id: string; readonly expiresAt: number }
  /**
   * May be used again, at most `limit` times in `windowSeconds` per `subject`; each use is kept under `id`. With `token`, a
   * credential that itself may be used once: spent as well, or neither.
   */
  | {
      readonly kind: 'limited'
      readonly id: string
      readonly token?: { readonly id: string; readonly expiresAt: number }
      readonly subject: string
      readonly limit: number
      readonly windowSeconds: number
      readonly expiresAt: number
    }

/** What becomes of a credential that is spent by itself. */
export type SpendOutcome = 'spent' | 'credential-used' | 'too-many-uses'

export type RecordOutcome = 'recorded' | 'credential-used' | 'too-many-uses' | 'serial-taken' | 'renews-revoked'

/** Who had a certificate revoked. */
export type RevokedBy =
  | { readonly kind: 'token'; readonly provisioner: IssuanceRecord['provisioner'] }
  /** Its holder, by mutual TLS. */
  | { readonly kind: 'certificate' }

/** That a certificate, perhaps one without a record, counts no more. Never changed and never taken back. */
export type Revocation = {
  /** Decimal. */
  readonly serial: string
  /** CRLReason of RFC 5280 §5.3.1, 0 to 10. */
  readonly reasonCode: number
  /** In the words of who asked for it; may be empty. */
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly revokedAt: number
  readonly by: RevokedBy
  /** When the certificate ends, in milliseconds since the epoch; absent where it has no record. */
  readonly expiresAt?: number
}

export type RevokeOutcome = 'revoked' | 'already-revoked' | 'credential-used' | 'too-many-uses'

/** A certificate with what became of it. */
export type StoredX509 = IssuanceRecord & { readonly revocation?: Revocation }

/** The certificate revocation list that is served. */
export type StoredCrl = {
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly nextUpdate: number
  readonly der: Uint8Array
}

/**
 * Certificates and spent credentials. Every promise resolves only after the write is durable (fdatasync of the WAL);
 * writes of concurrent callers may share one. All operations are atomic and linearizable within one database.
 * Fails with `unavailable` when the database cannot be written to now, never with a partial effect.
 */
export type CertificateStore = {
  /**
   * Spends the credential, if any, and records the certificate: both or neither (any outcome but `recorded` wrote nothing).
   * Fails with `internal`, and writes nothing, if the certificate is not signed by the key of `issuerSpki`, a DER
   * SubjectPublicKeyInfo: to verify that is a tenth of an issuance, which the thread of a database has time for and the one
   * that answers requests has not.
   */
  record(
    record: IssuanceRecord,
    issuerSpki: Uint8Array,
    use: CredentialUse | undefined,
    now: number,
  ): Promise<RecordOutcome>
  /** Spends a credential that neither a certificate nor a revocation is made for; any outcome but `spent` wrote nothing. */
  spend(use: CredentialUse, now: number): Promise<SpendOutcome>
  /** The record of a certificate, with its revocation; undefined if there is none of that serial. */
  find(serial: string): Promise<StoredX509 | undefined>
  /**
   * Spends the credential, if any, and revokes a serial, whether or not there is a record of it: `revoked` wrote both,
   * `already-revoked` spent the credential, which is for nothing else, any other outcome wrote nothing. Of many who revoke one
   * serial exactly one hears `revoked`.
   */
  revoke(revocation: Revocation, use: CredentialUse | undefined, now: number): Promise<RevokeOutcome>
  /** The revocation of a serial, whether or not there is a record of it. */
  findRevocation(serial: string): Promise<Revocation | undefined>
  /** Revocations of all certificates that end at or after `time`, or without a known end, in the order in which they were made. */
  revocationsAlive(time: number): Promise<readonly Revocation[]>
  /** The list that was stored last; undefined if there never was one. */
  findCrl(): Promise<StoredCrl | undefined>
  /** Stores a list in place of the last if its number is greater; else false, and nothing is written. */
  storeCrl(crl: StoredCrl): Promise<boolean>
  /** Milliseconds since the epoch at which this authority's database was created: never changes. */
  createdAt(): Promise<number>
  /** Writes and reads back one row: resolves if the store can be written to. */
  check(): Promise<void>
  close(): Promise<void>
}

/** The Kubernetes API, as far as the authority reads it. Every call asks the API server; nothing is cached. */
export type KubernetesReader = {
  /** TokenReview for exactly this audience. A token that is not accepted gives `{ authenticated: false, error }`. */
  reviewToken(token: string, audience: string): Promise<TokenFacts>
  /** undefined if there is no such Pod. */
  getPod(namespace: string, name: string): Promise<PodFacts | undefined>
  /** undefined if there is no such Certificate. */
  getCertificate(namespace: string, name: string): Promise<CertificateFacts | undefined>
}

/** What policy depends on, kept up to date by watches: reading it costs nothing and asks nobody. */
export type PolicySource = {
  /** Every CertificatePolicy, ordered by name, so that decisions do not depend on who was listed first. */
  policies(): readonly PolicyRule[]
  /** Labels of a namespace; undefined if there is no such namespace. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined
  /** False until policies and namespaces have been listed: until then nothing may be decided. */
  ready(): boolean
}

/** A JSON document of someone else. */
export type FetchedJson = {
  readonly value: unknown
  /** Of the header; empty if there was none. */
  readonly cacheControl: string
}

/** Documents that others publish, such as the keys of an identity provider. Nothing is cached. */
export type JsonFetcher = {
  /**
   * GETs `url` (http or https), trusting the system's roots and these. Fails with `unavailable`, saying which URL and why,
   * when there is no JSON within seconds, and for any status but 200.
   */
  fetchJson(url: string, roots: readonly Certificate[]): Promise<FetchedJson>
}

/** A question to a server of someone else. */
export type WebhookCall = {
  /** https. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
  /** True: the server is shown the authority's own certificate if it asks for one. */
  readonly showCertificate: boolean
  /** Whom the server's certificate may be from, beside the system's roots. */
  readonly roots: readonly Certificate[]
}

/** Webhooks of provisioners. Nothing is cached. */
export type WebhookCaller = {
  /**
   * POSTs the body, and once more a second later where there was no answer or a status from 500 on. Gives the status of the
   * last answer, with its body where the status is 2xx; redirections are not followed. Fails with `unavailable`, saying why
   * and of the URL only the host, when there is no answer within 10 s in all or it is larger than 1 MiB.
   */
  call(call: WebhookCall): Promise<{ readonly status: number; readonly text: string }>
}

/** What came of a call: whatever is no clear answer has `failed`. */
export type WebhookOutcome = 'allowed' | 'denied' | 'failed'

/** The key of the intermediate, with its certificate. It signs nothing but what `prepareX509` has checked. */
export type Issuer = {
  /** The issuing certificate, then those above it, without the root. */
  readonly chain: readonly [Certificate, ...Certificate[]]
  /** The signature over the prepared certificate, with the algorithm that it names. Spends `prepared`. */
  sign(prepared: PreparedX509): Promise<Uint8Array>
}

/** A Kubernetes object that something happened to. */
export type ObjectReference = {
  readonly kind: 'Pod' | 'Certificate' | 'ServiceAccount'
  readonly namespace: string
  readonly name: string
  readonly uid?: string
}

export type Operation = 'sign' | 'renew' | 'rekey' | 'serve' | 'revoke' | 'administer'

export type Refusal = {
  readonly operation: Operation
  /** Bounded, in CamelCase; `Internal` for faults of ours. */
  readonly reason: string
  /** For logs and Events; the caller may see another. */
  readonly message: string
  readonly requestId: string
  readonly regarding?: ObjectReference
}

/** Business events, for logs, metrics and Kubernetes Events. Helpers behind it never fail and never wait. */
export type AuthorityEvents = {
  /** A certificate was signed and is recorded. */
  issued(
    record: IssuanceRecord,
    context: { readonly operation: Operation; readonly requestId: string; readonly regarding?: ObjectReference },
  ): void
  /** A certificate was revoked. */
  revoked(revocation: Revocation, context: { readonly requestId: string }): void
  /** A request was refused or failed; nothing was issued or revoked. */
  refused(refusal: Refusal): void
  /** What auditing policies would have refused; the request went on. */
  audited(
    violations: readonly PolicyViolation[],
    context: { readonly requestId: string; readonly regarding: ObjectReference },
  ): void
  /** A webhook of a provisioner was called; both by name. */
  webhookCalled(call: {
    readonly provisioner: string
    readonly webhook: string
    readonly outcome: WebhookOutcome
    readonly seconds: number
  }): void
}
