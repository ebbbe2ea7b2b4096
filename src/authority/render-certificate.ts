import type { Clock, Random } from '../core/clock.ts'
import { isSignetError, SignetError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { certificateData, type CertificateFacts } from '../core/templates/certificate-data.ts'
import { namesToJson, readCertificateJson } from '../core/templates/certificate-json.ts'
import type { StepCertificate } from '../core/templates/step-json.ts'
import { renderTemplate, type Json } from '../core/templates/template.ts'
import { textTemplates } from '../core/templates/text-templates.ts'
import { readUnverified } from '../core/tokens/unverified.ts'
import { parseCertificate } from '../core/x509/certificate.ts'
import { keyAlgorithmOf } from '../core/x509/public-key.ts'
import { leafUsages } from '../core/x509/usages.ts'
import type { SignX509Request, X509Grant } from './grant.ts'
import type { CustomTemplate } from './provisioners/custom-template.ts'
import type { Provisioner } from './provisioners/provisioner.ts'

type RenderPorts = { readonly clock: Clock; readonly random: Random }

/** A verified request. */
export type RenderRequest = {
  readonly request: SignX509Request
  readonly grant: X509Grant
  readonly provisioner: Provisioner
}

export type Rendered = {
  readonly certificate: StepCertificate
  /** The same as step's template would have it, for webhooks. */
  readonly json: Json
}

/**
 * What the provisioner's template makes of a verified request: its own, else the default of its kind, which is data.
 * `webhooks` is what enriching ones gave.
 */
export function renderCertificate(
  asked: RenderRequest,
  webhooks: CertificateFacts['webhooks'],
  ports: RenderPorts,
): Rendered {
  const { request, grant, provisioner } = asked
  const { template } = provisioner.options.x509
  if (template !== undefined) return renderCustom(template, asked, webhooks, ports)
  const json = renderTemplate(grant.template, templateData(grant, keyAlgorithmOf(request.csr.spki)))
  const certificate = { ...readCertificateJson(json), otherNames: [], extensions: [] }
  return { certificate, json: grant.names === request.csr.names ? withNameLists(json, grant) : json }
}

/** step's templates that take the names of the CSR have them by kind. */
function withNameLists(json: Json, { names }: X509Grant): Json {
  const { dns, emails, ips, uris } = names
  const lists = { dnsNames: dns, emailAddresses: emails, ipAddresses: ips, uris }
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0)
  return { ...(json as Readonly<Record<string, Json>>), sans: null, ...Object.fromEntries(filled) }
}

function templateData({ subject, names, usages, isCA }: X509Grant, keyAlgorithm: string) {
  const { keyUsage, extKeyUsage } = usages ?? leafUsages(keyAlgorithm)
  return {
    Subject: subject as Json,
    SANs: namesToJson(names),
    KeyUsage: keyUsage,
    ExtKeyUsage: extKeyUsage,
    // A CA for others to run may not make further CAs.
    BasicConstraints: isCA ? { isCA, maxPathLen: 0 } : null,
  }
}

/** `malformed` for what the template itself refuses (`fail`); `internal`, with the place in the template, for the rest. */
function renderCustom(
  { parsed }: CustomTemplate,
  asked: RenderRequest,
  webhooks: CertificateFacts['webhooks'],
  { clock, random }: RenderPorts,
): Rendered {
  const values = certificateData(templateFacts(asked, webhooks))
  const context = { now: clock.now(), random, elapsed: () => clock.now() }
  const { readStepCertificate, renderTextTemplate } = textTemplates()
  const text = renderTextTemplate(parsed, values, context)
  try {
    const json = jsonOf(text)
    return { certificate: readStepCertificate(json), json }
  } catch (error) {
    if (!isSignetError(error, 'malformed')) throw error
    const message = `the template of provisioner "${asked.provisioner.name}" gives no certificate: ${error.message}`
    throw new SignetError('internal', message, { reason: 'TemplateOutput' })
  }
}

/** What text templates of this request can refer to: the provisioner's own, and those of URLs of webhooks. */
export function templateFacts(
  { request, grant, provisioner }: RenderRequest,
  webhooks: CertificateFacts['webhooks'],
): CertificateFacts {
  const { csr, token, templateData: userData } = request
  const { template } = provisioner.options.x509
  // Of X5C the provisioner has verified the first; what follows it may be anything. Of other kinds it proves nothing.
  const { claims, certificates } = readUnverified(token)
  const authorization = provisioner.type === 'X5C' ? certificates.slice(0, 1).map((der) => parseCertificate(der)) : []
  const { subject, names } = grant.proven ?? grant
  return {
    subject,
    names,
    token: claims.all as Json,
    authorization,
    csr,
    templateData: template?.data ?? {},
    // As in step, the caller has a say only where somebody wrote a template that lets him.
    userData: template && userData,
    webhooks,
  }
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text) as Json
  } catch {
    throw new SignetError('malformed', 'its text is not JSON')
  }
}
