import { SignetError } from '../core/errors.ts'
import { describeName, nameOutside, sameSet } from '../core/names/compare.ts'
import type { NameKind, Names } from '../core/names/names.ts'
import { verifyCertificateRequest, type CertificateRequest } from '../core/x509/csr.ts'
import { commonNameOf, subjectFieldsOf, type SubjectFields } from '../core/x509/name.ts'
import { checkPublicKey, keyAlgorithmOf } from '../core/x509/public-key.ts'
import type { CsrRule } from './grant.ts'

/** Which keys are certified beyond the usual ones; the configuration says it. */
export type KeySettings = { readonly mlDsa?: boolean | undefined }

/** Requires a key that may be certified, proof that the sender has it, and that the CSR asks for nothing beyond the grant. */
export function checkCsr(csr: CertificateRequest, rule: CsrRule, keys: KeySettings): void {
  checkOwnKey(csr, keys)
  matches[rule.match](csr, rule)
}

/** Requires a key that may be certified and proof that the sender has it; `malformed` otherwise. */
export function checkOwnKey(csr: CertificateRequest, { mlDsa = false }: KeySettings): void {
  // The key first: verifying with a huge or strange one is work for the sender's benefit only.
  checkPublicKey(csr.spki, mlDsa)
  verifyCertificateRequest(csr)
}

const matches = { equal: checkEqual, subset: checkSubset, within: checkWithin, any: checkCommonName }

/** In step-ca's order, with its words (provisioner/sign_options.go). */
const stepKinds: readonly { readonly kind: NameKind; readonly label: string }[] = [
  { kind: 'dns', label: 'DNS names' },
  { kind: 'emails', label: 'email addresses' },
  { kind: 'ips', label: 'IP addresses' },
  { kind: 'uris', label: 'URIs' },
]

function checkEqual(csr: CertificateRequest, rule: CsrRule): void {
  checkCommonName(csr, rule)
  checkNames(csr, rule.names)
}

function checkSubset(csr: CertificateRequest, rule: CsrRule): void {
  checkCommonName(csr, rule)
  const [asked, allowed] = [csr.names.dns, rule.names.dns]
  if (!asked.every((name) => allowed.includes(name))) {
    const message = `certificate request contains unauthorized DNS names - got ${listed(asked)}, allowed ${listed(allowed)}`
    throw new SignetError('forbidden', message, { reason: 'NameNotAllowed' })
  }
  checkNames(csr, { ...rule.names, dns: asked })
}

function checkCommonName(csr: CertificateRequest, { commonNames }: CsrRule): void {
  const commonName = commonNameOf(csr.subject)
  if (commonName === '' || commonNames === undefined || commonNames.includes(commonName)) return
  const [only, ...more] = commonNames
  throw notValid('common name', commonName, only !== undefined && more.length === 0 ? only : listed(commonNames))
}

function checkNames(csr: CertificateRequest, names: Names): void {
  for (const { kind, label } of stepKinds) {
    const asked = csr.names[kind]
    if (asked.length > 0 && !sameSet(asked, names[kind])) throw notValid(label, listed(asked), listed(names[kind]))
  }
}

/** As Go prints a list. */
const listed = (names: readonly string[]): string => `[${names.join(' ')}]`

function notValid(label: string, got: string, want: string): SignetError {
  const message = `certificate request does not contain the valid ${label} - got ${got}, want ${want}`
  return new SignetError('forbidden', message, { reason: 'NameNotAllowed' })
}

/** A CSR that asks for more than was fixed is no mistake that its sender can mend by asking again: the token was not for it. */
function checkWithin(csr: CertificateRequest, rule: CsrRule): void {
  const excess = excessOf(csr, rule)
  if (excess === undefined) return
  const message = `the certificate request has ${excess}, which ${rule.owner} does not ask for`
  throw new SignetError('unauthorized', message, { reason: 'RequestExceedsWish' })
}

function excessOf(csr: CertificateRequest, rule: CsrRule): string | undefined {
  const commonName = commonNameOf(csr.subject)
  if (commonName !== '' && rule.commonNames?.includes(commonName) === false) return `common name "${commonName}"`
  const name = nameOutside(csr.names, rule.names)
  if (name !== undefined) return describeName(name)
  if (csr.otherNames.length > 0) return 'a name of another kind'
  if (csr.isCA && !rule.isCA) return 'isCA'
  const attribute = attributeOutside(subjectFieldsOf(csr.subject), rule.subject ?? {})
  if (attribute !== undefined) return `subject attribute ${attribute}`
  const algorithm = keyAlgorithmOf(csr.spki)
  return rule.keyAlgorithm === undefined || rule.keyAlgorithm === algorithm ? undefined : `key algorithm ${algorithm}`
}

/** The first attribute, other than the common name, with a value that is not among those allowed. */
function attributeOutside(asked: SubjectFields, allowed: SubjectFields): string | undefined {
  const { commonName: _, extraNames = [], ...fields } = asked
  const outside = Object.entries(fields).find(([field, values]) => {
    const known = new Set([allowed[field as keyof typeof fields] ?? []].flat())
    return ![values].flat().every((value) => known.has(value))
  })
  return outside?.[0] ?? extraNames[0]?.type
}
