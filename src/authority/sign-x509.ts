import { decideValidity, type Claims, type Validity } from '../core/claims.ts'
import { formatDuration } from '../core/duration.ts'
import { SignetError } from '../core/errors.ts'
import type { CertificateContent } from '../core/x509/build.ts'
import { withDefaults } from '../core/subject-fields.ts'
import { createName } from '../core/x509/name.ts'
import { onlyDomains } from '../core/x509/name-constraints.ts'
import { encodeProvisionerExtension } from '../core/x509/provisioner-extension.ts'
import { keyAlgorithmOf } from '../core/x509/public-key.ts'
import { withMissing } from '../core/x509/published-urls.ts'
import { randomSerial } from '../core/x509/serial.ts'
import { authorizeX509Sign, type AuthorizePorts } from './authorize.ts'
import type { CountAttempt } from './attempts.ts'
import { checkCsr } from './check-csr.ts'
import type { Snapshot } from './config.ts'
import type { Lifetime, RequestContext, SignX509Request, X509Grant } from './grant.ts'
import { issueX509, type IssuedX509, type IssuePorts } from './issue-x509.ts'
import { applyPolicy, checkNamePolicies, type PolicyPorts } from './policy-check.ts'
import type { Provisioner } from './provisioners/provisioner.ts'
import { regarding } from './refusal.ts'
import { renderCertificate } from './render-certificate.ts'
import { webhooksOf, type WebhookPorts } from './webhooks/ask-webhooks.ts'

export type SignPorts = AuthorizePorts &
  IssuePorts &
  PolicyPorts &
  WebhookPorts & { readonly countAttempt: CountAttempt }

/**
 * The one path to a certificate: authorize, check the CSR, ask enriching webhooks, render the template, claims, policy,
 * which may shorten the provisioner's default life, ask authorizing webhooks, then `issueX509`: prepare, sign, check what was
 * signed, record.
 */
export async function signX509(
  request: SignX509Request,
  context: RequestContext,
  snapshot: Snapshot,
  ports: SignPorts,
): Promise<IssuedX509> {
  const now = ports.clock.now()
  const { provisioner, grant } = await authorizeX509Sign(request, context, snapshot, { ...ports, now })
  const { spki } = request.csr
  try {
    checkCsr(request.csr, grant.csr, snapshot.config)
    const keyAlgorithm = keyAlgorithmOf(spki)
    if (isCostly(provisioner)) ports.countAttempt(grant.use, now)
    const webhooks = webhooksOf({ request, grant, provisioner, context }, snapshot.config, ports)
    const enrichment = await webhooks.enrich()
    const { certificate: template, json } = renderCertificate({ request, grant, provisioner }, enrichment, ports)
    const subject = withDefaults(template.subject, snapshot.config.subjectDefaults ?? {})
    const rendered = { ...template, subject }
    const claims = snapshot.claimsOf(provisioner)
    checkWishedLife(grant.lifetime, provisioner, claims)
    const question = {
      // A template of the provisioner's own may have made other names than those of the wish.
      policy: grant.policy && {
        ...grant.policy,
        names: rendered.names,
        isCA: rendered.basicConstraints?.isCA ?? false,
      },
      content: rendered,
      keyAlgorithm,
      regarding: grant.regarding,
      requestId: context.requestId,
    }
    const decision = applyPolicy(question, snapshot.config, ports)
    // Not `now`: webhooks may have taken their time.
    const validity = decideLife(grant, claims, decision.maxDurationSeconds, snapshot, ports.clock.now())
    checkNamePolicies(rendered, provisioner, snapshot.config)
    await webhooks.authorize({ json, spki, ...validity })
    const content: CertificateContent = {
      ...rendered,
      ...validity,
      serial: randomSerial(ports.random),
      subject: createName(rendered.subject),
      spki,
      ...(decision.nameConstraints && {
        nameConstraints: onlyDomains(decision.nameConstraints.permittedDNSDomains),
      }),
      extensions: withMissing(
        [
          ...rendered.extensions,
          ...(claims.disableSmallstepExtensions ? [] : [provisionerExtension(provisioner, grant)]),
        ],
        snapshot.urlExtensions,
      ),
    }
    const { id, name, type } = provisioner
    const reason = { provisioner: { id, name, type }, issuedTo: grant.issuedTo, rule: decision.rule }
    return await issueX509({ content, reason, use: grant.use }, snapshot, ports)
  } catch (error) {
    throw regarding(error, grant.regarding)
  }
}

/** Does it have templates rendered, other than the default of a kind, which is data, or others asked? */
function isCostly({ options: { x509, webhooks } }: Provisioner): boolean {
  return x509.template !== undefined || webhooks.length > 0
}

function decideLife(
  { lifetime }: X509Grant,
  claims: Claims,
  maxDurationSeconds = Infinity,
  { config }: Snapshot,
  now: number,
): Validity {
  const most = lifetime.wished ?? Math.min(claims.usual, maxDurationSeconds * 1000)
  const limits = { claims, backdate: config.backdate, issuerNotAfter: config.issuer.chain[0].notAfter }
  const validity = decideValidity({ request: lifetime.request, duration: most, within: lifetime.within }, limits, now)
  if (lifetime.bound && validity.notAfter > now + most) {
    const asked = formatDuration(validity.notAfter - validity.notBefore)
    const message = `a life of ${asked} is asked for, longer than the ${formatDuration(most)} that was fixed`
    throw new SignetError('unauthorized', message, { reason: 'RequestExceedsWish' })
  }
  return validity
}

/** Tells whoever wrote the wish which claim stands against it; without backdate, which is not theirs to know. */
function checkWishedLife({ wished }: Lifetime, { name }: Provisioner, { minimum, maximum }: Claims): void {
  if (wished === undefined) return
  const refuse = (relation: string, claim: string, value: number) => {
    const text = `duration ${formatDuration(wished)} is ${relation} than ${claim} ${formatDuration(value)} of provisioner "${name}"`
    return new SignetError('forbidden', text, { reason: 'DurationNotAllowed' })
  }
  if (wished > maximum) throw refuse('more', 'maxTLSCertDuration', maximum)
  if (wished < minimum) throw refuse('less', 'minTLSCertDuration', minimum)
}

function provisionerExtension({ typeNumber, name, credentialId }: Provisioner, { extension }: X509Grant) {
  return encodeProvisionerExtension({ type: typeNumber, name, credentialId, keyValuePairs: [], ...extension })
}
