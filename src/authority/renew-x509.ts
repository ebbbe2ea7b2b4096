import type { Claims } from '../core/claims.ts'
import { wholeSeconds } from '../core/instant.ts'
import type { Random } from '../core/clock.ts'
import { formatTime } from '../core/duration.ts'
import { SignetError } from '../core/errors.ts'
import { describeName, nameOutside } from '../core/names/compare.ts'
import { parseIp } from '../core/names/parse.ts'
import { readUnverified } from '../core/tokens/unverified.ts'
import type { WantedCertificate } from '../core/wanted-certificate.ts'
import { parseCertificate, type Certificate } from '../core/x509/certificate.ts'
import type { CertificateRequest } from '../core/x509/csr.ts'
import { withDefaults } from '../core/subject-fields.ts'
import { createName, sameName, subjectFieldsOf, type SubjectFields } from '../core/x509/name.ts'
import { isMlDsa } from '../core/x509/key-algorithm.ts'
import { checkPublicKey, keyAlgorithmOf } from '../core/x509/public-key.ts'
import { randomSerial } from '../core/x509/serial.ts'
import { certificateUsageNames, usagesOf } from '../core/x509/usages.ts'
import { checkOwnKey, type KeySettings } from './check-csr.ts'
import { checkClientCertificate, type ClientCertificate, type PresentedChain } from './client-certificate.ts'
import type { Snapshot } from './config.ts'
import type { GrantPolicy, RequestContext } from './grant.ts'
import { issueX509, type IssuedX509, type IssuePorts } from './issue-x509.ts'
import { applyPolicy, provisionerRule, type PolicyPorts } from './policy-check.ts'
import { objectOf } from './object-of.ts'
import type { CredentialUse, IssuanceRecord, KubernetesReader, ObjectReference } from './ports.ts'
import { livingCertificate, readWanted } from './provisioners/k8s-sa-certificate.ts'
import { livingPod } from './provisioners/living-pod.ts'
import type { Provisioner } from './provisioners/provisioner.ts'
import { regarding } from './refusal.ts'
import { checkRenewToken } from './renew-token.ts'
import { renewedContent } from './renewed-content.ts'

export type RenewPorts = IssuePorts &
  PolicyPorts & { readonly random: Random; readonly kubernetes: KubernetesReader | undefined }

/** What step-ca writes in front of the few 401s that say why. */
const refusedText = 'The request lacked necessary authorization to be completed'

/** The certificate to renew: what the TLS peer presented, or step's renew token, which names it and is signed by its key. */
export type RenewCredential = PresentedChain | { readonly token: string }

/** A certificate to renew, for its own key or for that of `rekey`, of which nothing else counts. */
export type RenewX509Request = { readonly credential: RenewCredential; readonly rekey?: CertificateRequest }

/**
 * A new certificate like the one that the caller has: same key (unless it asks for another), subject and extensions, same
 * span, new serial. It needs the record of the old one, a provisioner that still allows renewals, today's policy, and for a
 * pod or Certificate that it still lives and asks for the same. Neither template nor claims apply again, as in step-ca.
 */
export async function renewX509(
  { credential, rekey }: RenewX509Request,
  context: RequestContext,
  snapshot: Snapshot,
  ports: RenewPorts,
): Promise<IssuedX509> {
  const now = ports.clock.now()
  const { certificate, record, tokenUse } = await checkCredential(credential, snapshot, ports, now)
  const object = objectOf(record.issuedTo)
  try {
    const granted = provisionerOf(record.provisioner, snapshot)
    const claims = snapshot.claimsOf(granted)
    checkRenewable(certificate, claims, now)
    if (rekey !== undefined) checkNewKey(rekey, certificate, object, snapshot.config)
    const holder = await holderPolicy(record, certificate, snapshot, ports)
    const policy = holder && policyOf(certificate, holder, snapshot.config.backdate)
    const keyAlgorithm = keyAlgorithmOf((rekey ?? certificate).spki)
    if (isMlDsa(keyAlgorithm)) checkPublicKey(certificate.spki, snapshot.config.mlDsa)
    const content = { ...certificate, subject: subjectFieldsOf(certificate.subject) }
    const question = { policy, content, keyAlgorithm, regarding: object, requestId: context.requestId }
    const decision = applyPolicy(question, snapshot.config, ports)
    const { provisioner, issuedTo, rule } = record
    const reason = { provisioner, issuedTo, rule: policy ? decision.rule : rule, renews: record.serial }
    const use = issuedTo.kind === 'pod' ? granted.podUse?.(issuedTo.uid, `renewal of ${record.serial}`, now) : undefined
    const renewed = renewedContent(certificate, rekey?.spki, randomSerial(ports.random), snapshot, now)
    return await issueX509({ content: renewed, reason, use: both(use, tokenUse) }, snapshot, ports)
  } catch (error) {
    throw regarding(error, object)
  }
}

/** A pod's renewals are limited, and a renew token is for one of them. */
function both(use: CredentialUse | undefined, token: CredentialUse | undefined): CredentialUse | undefined {
  return use?.kind === 'limited' && token !== undefined ? { ...use, token } : (use ?? token)
}

async function checkCredential(
  credential: RenewCredential,
  snapshot: Snapshot,
  { store }: RenewPorts,
  now: number,
): Promise<ClientCertificate & { readonly tokenUse: CredentialUse | undefined }> {
  const token = 'token' in credential ? readUnverified(credential.token) : undefined
  const [leaf, ...others] = token?.renewing ?? (credential as PresentedChain)
  if (leaf === undefined) {
    const message = 'the renew token has no certificate chain (x5cInsecure)'
    throw new SignetError('unauthorized', message, { reason: 'TokenInvalid' })
  }
  // Some provisioners allow renewals after expiry: an expired certificate is looked at as of its last second.
  const at = Math.min(now, parseCertificate(leaf).notAfter)
  const checked = await checkClientCertificate([leaf, ...others], snapshot, store, at)
  return { ...checked, tokenUse: token && checkRenewToken(token, checked, snapshot, now) }
}

/** The provisioner that let the certificate be issued. */
function provisionerOf({ id, name }: IssuanceRecord['provisioner'], snapshot: Snapshot): Provisioner {
  const provisioner = snapshot.provisioner(id)
  if (provisioner !== undefined) return provisioner
  const message = `provisioner "${name}" of the certificate is not configured any more`
  throw new SignetError('unauthorized', message, { reason: 'RenewalDisabled' })
}

function checkRenewable(certificate: Certificate, claims: Claims, now: number): void {
  if (certificate.isCA) {
    const message = 'CA certificates are not renewed: ask for a new one, under the constraints of today'
    throw new SignetError('unauthorized', message, { reason: 'RenewalDisabled' })
  }
  if (claims.disableRenewal) {
    throw new SignetError('unauthorized', 'its provisioner does not allow renewals', { reason: 'RenewalDisabled' })
  }
  if (certificate.notAfter >= wholeSeconds(now) || claims.allowRenewalAfterExpiry) return
  const message = `${refusedText}: certificate expired on ${formatTime(certificate.notAfter)}`
  throw new SignetError('refused', message, { reason: 'CertificateExpired' })
}

/** What has to be true of the holder today, and what policy is asked about it; undefined: its provisioner's word is enough. */
async function holderPolicy(
  { issuedTo, rule }: Pick<IssuanceRecord, 'issuedTo' | 'rule'>,
  certificate: Certificate,
  { config }: Snapshot,
  ports: RenewPorts,
): Promise<Pick<GrantPolicy, 'subject'> | undefined> {
  if (issuedTo.kind === 'pod') {
    const pod = await livingPod(readerOf(ports), issuedTo)
    const { namespace, serviceAccount, hostNetwork } = pod
    const podIPs = pod.podIPs.map((address) => parseIp(address) ?? address)
    return { subject: { kind: 'Pod', namespace, serviceAccount, hostNetwork, podIPs } }
  }
  if (issuedTo.kind === 'serviceAccount') {
    // Nobody can be asked about it; policy, if it was asked for the first certificate.
    const { namespace, name: serviceAccount } = issuedTo
    return rule === provisionerRule ? undefined : { subject: { kind: 'Pod', namespace, serviceAccount } }
  }
  if (issuedTo.kind !== 'certificate') return undefined
  const facts = await livingCertificate(readerOf(ports), issuedTo)
  const unwanted = unwantedPart(certificate, readWanted(facts), config.subjectDefaults ?? {})
  if (unwanted === undefined) return { subject: { kind: 'Certificate', namespace: issuedTo.namespace } }
  throw new SignetError('unauthorized', `${unwanted} is not in the spec any more`, { reason: 'RequestExceedsWish' })
}

/** What the spec of today, read as it would be for a new certificate, does not ask for. */
function unwantedPart(
  certificate: Certificate,
  wanted: WantedCertificate,
  defaults: SubjectFields,
): string | undefined {
  const outside = nameOutside(certificate.names, wanted.names)
  if (outside !== undefined) return describeName(outside)
  // As it was made: with what `authority.template` adds, or before it did.
  const subjects = [wanted.subject, withDefaults(wanted.subject, defaults)]
  if (!subjects.some((subject) => sameName(certificate.subject, createName(subject)))) return 'the subject'
  const today = new Set<string>(certificateUsageNames(usagesOf(wanted.usages)))
  const usage = certificateUsageNames(certificate).find((name) => !today.has(name))
  return usage === undefined ? undefined : `usage "${usage}"`
}

function readerOf({ kubernetes }: RenewPorts): KubernetesReader {
  if (kubernetes !== undefined) return kubernetes
  throw new SignetError('unavailable', 'the certificate is of a cluster that is not configured', { reason: 'NotReady' })
}

/** What the certificate says, as a question to policy. */
function policyOf(
  { names, isCA, notAfter, notBefore }: Certificate,
  holder: Pick<GrantPolicy, 'subject'>,
  backdate: number,
): GrantPolicy {
  return {
    ...holder,
    names,
    wantsPodIPs: false,
    isCA,
    // Down to whole seconds, to which both ends were cut.
    durationSeconds: Math.floor((notAfter - notBefore - backdate) / 1000),
  }
}

/** Requires a key that may be certified, and proof that the caller has it; for a pod or Certificate one of the same kind. */
function checkNewKey(
  csr: CertificateRequest,
  { spki }: Certificate,
  object: ObjectReference | undefined,
  keys: KeySettings,
): void {
  checkOwnKey(csr, keys)
  const [before, after] = [keyAlgorithmOf(spki), keyAlgorithmOf(csr.spki)]
  if (object === undefined || before === after) return
  const message = `key algorithm ${after} is not ${before}, which the certificate was issued for`
  throw new SignetError('unauthorized', message, { reason: 'RequestExceedsWish' })
}
