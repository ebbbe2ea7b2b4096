import type { SubjectFields } from './x509/name.ts'

/** An attribute of a subject besides the common name. */
export type SubjectField = Exclude<keyof SubjectFields, 'commonName' | 'extraNames'>

/** The members of `Certificate.spec.subject`, and of `subject` in a CertificatePolicy, by what step's templates call them. */
export const subjectFields = {
  countries: 'country',
  organizations: 'organization',
  organizationalUnits: 'organizationalUnit',
  localities: 'locality',
  provinces: 'province',
  streetAddresses: 'streetAddress',
  postalCodes: 'postalCode',
  serialNumber: 'serialNumber',
} as const satisfies Readonly<Record<string, SubjectField>>

/** The subject, with what it lacks of these; as in step-ca a field that has any value is left as it is. */
export function withDefaults(subject: SubjectFields, defaults: SubjectFields): SubjectFields {
  const own = Object.entries(subject).filter(([, value]) => value !== undefined && value.length > 0)
  return { ...defaults, ...Object.fromEntries(own) }
}

/** One value of an attribute; `field` is a dotted OID for an attribute that is no SubjectField. */
export type SubjectAttribute = { readonly field: string; readonly value: string }

/** Every value of every attribute besides the common name. */
export function listAttributes(subject: SubjectFields): SubjectAttribute[] {
  const { commonName: _, extraNames = [], ...fields } = subject
  return [
    ...Object.entries(fields).flatMap(([field, values]) => [values].flat().map((value) => ({ field, value }))),
    ...extraNames.map(({ type, value }) => ({ field: type, value })),
  ]
}

/** As a refusal says it: `subject attribute organization "Shop" is not allowed`. */
export function describeAttribute({ field, value }: SubjectAttribute): string {
  return `subject attribute ${field} ${JSON.stringify(value)} is not allowed`
}
