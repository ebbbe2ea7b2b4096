import type { Clock, Random } from '../core/clock.ts'
import { isSignetError, SignetError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { certificateData } from '../core/templates/certificate-data.ts'
import { namesToJson, readCertificateJson } from '../core/templates/certificate-json.ts'
import { readStepCertificate, type StepCertificate } from '../core/templates/step-json.ts'
import { renderTemplate, type Json } from '../core/templates/template.ts'
import { textTemplates } from '../core/templates/text-templates.ts'
import { readUnverified } from '../core/tokens/unverified.ts'
import { parseCertificate } from '../core/x509/certificate.ts'
import { leafUsages } from '../core/x509/usages.ts'
import type { SignX509Request, X509Grant } from './grant.ts'
import type { CustomTemplate } from './provisioners/custom-template.ts'
import type { Provisioner } from './provisioners/provisioner.ts'

type RenderPorts = { readonly clock: Clock; readonly random: Random }

/** What the provisioner's template makes of a verified request: its own, else the default of its kind, which is data. */
export function renderCertificate(
  request: SignX509Request,
  grant: X509Grant,
  provisioner: Provisioner,
  keyAlgorithm: string,
  ports: RenderPorts,
): StepCertificate {
  const { template } = provisioner.options.x509
  if (template !== undefined) return renderCustom(template, request, grant, provisioner, ports)
  return { ...readCertificateJson(renderTemplate(grant.template, templateData(grant, keyAlgorithm))), extensions: [] }
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
  { parsed, data }: CustomTemplate,
  { csr, token, templateData: userData }: SignX509Request,
  grant: X509Grant,
  { name, type }: Provisioner,
  { clock, random }: RenderPorts,
): StepCertificate {
  // Of X5C the provisioner has verified the first; what follows it may be anything. Of other kinds it proves nothing.
  const { claims, certificates } = readUnverified(token)
  const authorization = type === 'X5C' ? certificates.slice(0, 1).map((der) => parseCertificate(der)) : []
  const { subject, names } = grant.proven ?? grant
  const facts = { subject, names, token: claims.all as Json, authorization, csr, templateData: data, userData }
  const values = certificateData(facts)
  const context = { now: clock.now(), random, elapsed: () => clock.now() }
  const text = textTemplates().renderTextTemplate(parsed, values, context)
  try {
    return readStepCertificate(jsonOf(text))
  } catch (error) {
    if (!isSignetError(error, 'malformed')) throw error
    throw new SignetError('internal', `the template of provisioner "${name}" gives no certificate: ${error.message}`)
  }
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text) as Json
  } catch {
    throw new SignetError('malformed', 'its text is not JSON')
  }
}
