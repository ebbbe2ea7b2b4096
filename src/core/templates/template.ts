import { isObject } from '../json-reader.ts'

/** JSON as it comes out of a template. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/**
 * A template of a certificate: JSON in which an object `{ "$": "Subject" }` stands for a variable. What it renders to is
 * step's certificate JSON, read by `readCertificateJson`; step's own templates, which are text, render to the same.
 */
export type Template = Json

/** What templates can refer to, under step's names. */
export type TemplateData = {
  readonly Subject: Json
  readonly SANs: Json
  readonly KeyUsage: Json
  readonly ExtKeyUsage: Json
  readonly BasicConstraints: Json
}

const variable = (name: keyof TemplateData): Json => ({ $: name })

/** step's default for leaves: subject and names of the grant, and usages by kind of key. */
export const leafTemplate: Template = {
  subject: variable('Subject'),
  sans: variable('SANs'),
  keyUsage: variable('KeyUsage'),
  extKeyUsage: ['serverAuth', 'clientAuth'],
}

/** For Certificates: the usages of their spec, and CA certificates. Name constraints come from policy, not from here. */
export const certificateTemplate: Template = {
  subject: variable('Subject'),
  sans: variable('SANs'),
  keyUsage: variable('KeyUsage'),
  extKeyUsage: variable('ExtKeyUsage'),
  basicConstraints: variable('BasicConstraints'),
}

/** The template with its variables filled in. */
export function renderTemplate(template: Template, data: TemplateData): Json {
  if (Array.isArray(template)) return template.map((item: Json) => renderTemplate(item, data))
  if (!isObject(template)) return template
  const name = template['$']
  if (typeof name === 'string') return Object.hasOwn(data, name) ? data[name as keyof TemplateData] : null
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, renderTemplate(value, data)]))
}
