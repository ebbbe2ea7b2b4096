import { sameSet } from '../../../core/names/compare.ts'
import { nameKinds, type NameKind } from '../../../core/names/names.ts'
import type { Certificate, CertificateSpec } from '../../../core/resources/index.ts'
import { parseInstant } from '../../../core/instant.ts'
import { annotations, labels } from '../../names.ts'
import { refusalBackoff } from '../../backoff.ts'
import { findCondition } from '../../conditions.ts'
import { isApplied } from '../../manifest.ts'
import { renderSecret } from './render-secret.ts'
import { renewalTime } from './renewal.ts'
import type { CertificateFacts, SecretFacts } from './secret-facts.ts'
import type { WantedIssue } from './wanted.ts'

/** All that a decision about one Certificate depends on. */
export type CertificateInput = {
  readonly certificate: Certificate
  readonly wanted: WantedIssue
  /** An older Certificate of the namespace with the same `secretName`: a Secret that is not there yet is for it. */
  readonly rival: Certificate | undefined
  readonly authority: ActiveAuthority | undefined
  readonly secret: SecretFacts | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An Authority as far as a Certificate needs it. */
export type ActiveAuthority = {
  readonly name: string
  readonly url: string
  readonly rootsPem: string
  readonly rootsSha256: string
  readonly intermediateSha256: string
  /** Audience of the Provisioner that accepts the operator as a delegate; undefined if there is none. */
  readonly audience: string | undefined
}

/** Why a new certificate is needed, or why there is none to be had. */
export type Cause = { readonly reason: string; readonly message: string }

/** What is wrong with the Secret as it is; undefined if nothing is. */
type Check = (
  input: CertificateInput & { readonly secret: SecretFacts; readonly held: CertificateFacts },
) => string | undefined

const checks: readonly { readonly reason: string; readonly check: Check }[] = [
  { reason: 'SecretMismatch', check: keyMismatch },
  { reason: 'SecretMismatch', check: namesMismatch },
  { reason: 'SecretMismatch', check: requestMismatch },
  { reason: 'IncorrectIssuer', check: issuerMismatch },
  { reason: 'Expired', check: expired },
]

/** The first thing that keeps the Secret from holding a valid certificate that matches the spec; undefined if all is well. */
export function findFault(input: CertificateInput): Cause | undefined {
  const { secret, certificate } = input
  const name = certificate.spec.secretName
  if (secret === undefined) return { reason: 'DoesNotExist', message: `Secret "${name}" does not exist` }
  const { content } = secret
  if (content.state === 'missing') {
    return { reason: 'MissingData', message: `Secret "${name}" has no ${content.entry}` }
  }
  if (content.state === 'bad key') {
    return { reason: 'InvalidKeyPair', message: `tls.key in Secret "${name}": ${content.problem}` }
  }
  if (content.state === 'bad certificate') {
    return { reason: 'InvalidCertificate', message: `tls.crt in Secret "${name}": ${content.problem}` }
  }
  if (content.state === 'no pair') {
    return { reason: 'InvalidKeyPair', message: `tls.key in Secret "${name}" is not the key of tls.crt` }
  }
  for (const { reason, check } of checks) {
    const message = check({ ...input, secret, held: content.certificate })
    if (message !== undefined) return { reason, message }
  }
  return undefined
}

/** Due for renewal although nothing is wrong with it? */
function findRenewal({ certificate, secret, now }: CertificateInput): Cause | undefined {
  const due = plannedRenewal(certificate, secret)
  if (due === undefined || now < due) return undefined
  return { reason: 'Renewing', message: 'its renewal was due' }
}

/** When the certificate in the Secret is to be renewed, milliseconds since the epoch; undefined if there is none. */
export function plannedRenewal({ spec, metadata }: Certificate, secret: SecretFacts | undefined): number | undefined {
  if (secret?.content.state !== 'pair') return undefined
  return renewalTime(secret.content.certificate, spec, metadata.uid ?? '')
}

export type CertificateDecision =
  /** The Secret is somebody else's: nothing is written. */
  | ({ readonly kind: 'conflict' } & Cause)
  /** A certificate is needed, but there is nobody to ask; what changes that comes as an event. */
  | ({ readonly kind: 'wait' } & Cause)
  /** A certificate is needed; it was refused and is not asked for again before `until`. */
  | { readonly kind: 'hold'; readonly until: number }
  | ({ readonly kind: 'issue' } & Cause)
  /** The certificate is fine, what the Secret says around it is not: write it again. */
  | { readonly kind: 'repair' }
  | { readonly kind: 'keep' }

/** What is to be done about a Certificate. `insist`: ask again although a refusal is not over yet. */
export function decide(input: CertificateInput, insist = false): CertificateDecision {
  const conflict = findConflict(input)
  if (conflict !== undefined) return { kind: 'conflict', reason: 'SecretConflict', message: conflict }
  const cause = findFault(input) ?? findRenewal(input)
  if (cause === undefined) return { kind: needsRepair(input) ? 'repair' : 'keep' }
  const obstacle = findObstacle(input)
  if (obstacle !== undefined) return { kind: 'wait', ...obstacle }
  const until = insist ? undefined : refusedUntil(input)
  if (until !== undefined && input.now < until) return { kind: 'hold', until }
  return { kind: 'issue', ...cause }
}

function findConflict({ certificate, rival, secret }: CertificateInput): string | undefined {
  const { secretName } = certificate.spec
  if (secret === undefined) {
    return rival && `the older Certificate "${rival.metadata.name}" writes Secret "${secretName}"`
  }
  const { owner } = secret
  if (owner?.uid === certificate.metadata.uid) return undefined
  if (owner !== undefined) return `Secret "${secretName}" belongs to ${owner.kind} "${owner.name}"`
  const uid = secret.labels[labels.certificateUid]
  if (uid === certificate.metadata.uid) return undefined
  const remedy = 'delete it or choose another secretName'
  if (uid === undefined) return `Secret "${secretName}" was not made by Signet: ${remedy}`
  const other = secret.annotations[annotations.certificateName] ?? uid
  return `Secret "${secretName}" was made for another Certificate, "${other}": ${remedy}`
}

function findObstacle({ certificate, authority }: CertificateInput): Cause | undefined {
  const { name } = certificate.spec.authorityRef
  if (authority === undefined) {
    return { reason: 'AuthorityNotReady', message: `Authority "${name}" does not exist or has no certificate yet` }
  }
  if (authority.audience === undefined) {
    const message = `Authority "${name}" has no Provisioner of type K8sSA that is ready and lists Signet's operator in delegates`
    return { reason: 'ProvisionerNotReady', message }
  }
  return undefined
}

/** A refusal holds for the spec that was refused only, and not where a clock that was set back makes it longer than any. */
function refusedUntil({ certificate: { metadata, status }, now }: CertificateInput): number | undefined {
  const issuing = findCondition(status?.conditions, 'Issuing')
  const until = parseInstant(status?.nextAttemptTime) ?? now
  return issuing?.observedGeneration === metadata.generation && until - now <= refusalBackoff.longestMs
    ? until
    : undefined
}

const nameFields: Readonly<Record<NameKind, keyof CertificateSpec>> = {
  dns: 'dnsNames',
  ips: 'ipAddresses',
  emails: 'emailAddresses',
  uris: 'uris',
}

function keyMismatch({ wanted, held }: Parameters<Check>[0]): string | undefined {
  if (held.keyAlgorithm === wanted.keyAlgorithm) return undefined
  return `the key is ${held.keyAlgorithm}, spec.privateKey wants ${wanted.keyAlgorithm}`
}

function namesMismatch({ wanted, held }: Parameters<Check>[0]): string | undefined {
  const changed = [
    ...(held.commonName === wanted.commonName ? [] : ['commonName']),
    ...nameKinds.filter((kind) => !sameSet(held.names[kind], wanted.names[kind])).map((kind) => nameFields[kind]),
    ...(held.isCA === wanted.isCA ? [] : ['isCA']),
  ]
  return changed.length === 0 ? undefined : `the certificate does not match spec: ${changed.join(', ')}`
}

/** What a certificate does not show, such as the duration that was asked for, is compared by what was noted then. */
function requestMismatch({ wanted, secret }: Parameters<Check>[0]): string | undefined {
  if (secret.annotations[annotations.request] === wanted.hash) return undefined
  return 'the certificate was asked for with another spec'
}

/** Without an Authority nothing can be said about who should have issued it. */
function issuerMismatch({ authority, held }: Parameters<Check>[0]): string | undefined {
  if (authority === undefined || held.issuerSha256 === authority.intermediateSha256) return undefined
  return `the certificate was not issued by the intermediate that Authority "${authority.name}" has now`
}

function expired({ held, now }: Parameters<Check>[0]): string | undefined {
  return now > held.notAfter ? 'the certificate has expired' : undefined
}

/** Roots, labels, annotations and owner are written around the certificate; they change without a new one. */
function needsRepair({ certificate, wanted, authority, secret }: CertificateInput): boolean {
  if (secret?.content.state !== 'pair') return false
  const { labels, annotations } = renderSecret(certificate, wanted, secret.content.certificate.issuedAt).metadata
  return (
    (authority !== undefined && secret.caSha256 !== authority.rootsSha256) ||
    secret.owner?.uid !== certificate.metadata.uid ||
    !isApplied({ labels, annotations }, secret)
  )
}
