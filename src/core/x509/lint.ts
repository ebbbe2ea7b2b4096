import { equalBytes } from '../bytes.ts'
import { integer } from '../der/writer.ts'
import { isSignetError } from '../errors.ts'
import { wholeSeconds } from '../instant.ts'
import { hasNames, nameKindLabels, nameKinds, type NameKind } from '../names/names.ts'
import { parseDnsName, parseEmail, parseIp, parseUri } from '../names/parse.ts'
import type { CertificateContent, IssuerFacts } from './build.ts'
import { interpretExtensions, type KnownExtensions } from './extensions.ts'
import { attributeField, isEmptyName, sameName } from './name.ts'
import { nameConstraintViolation } from './name-constraints.ts'
import { extensionOids } from './oids.ts'
import { readPublicKey } from './public-key.ts'

/** RFC 5280 §4.1.2.2: octets of the encoded integer. */
const maximumSerialOctets = 20

/**
 * What is wrong with a certificate before it is signed, in words; an empty list if nothing is. A common name that is no
 * SAN is no fault here: step-ca lets templates do it.
 */
export function lintCertificateContent(content: CertificateContent, issuer: IssuerFacts): string[] {
  try {
    const effective = { ...content, ...effectiveExtensions(content) }
    return checks.flatMap((check) => check(effective, issuer) ?? [])
  } catch (error) {
    if (isSignetError(error)) return [error.message]
    throw error
  }
}

/** The content with what its extensions will say, whether the fields make them or they are given as octets. */
type Effective = CertificateContent & Pick<KnownExtensions, 'isCA' | 'pathLength' | 'otherNames'>
type Check = (content: Effective, issuer: IssuerFacts) => string | readonly string[] | undefined

/** Extensions that are given replace those of the fields, so they are what counts. `malformed` if one is damaged. */
function effectiveExtensions(
  content: CertificateContent,
): Partial<Effective> & Pick<Effective, 'isCA' | 'pathLength' | 'otherNames'> {
  const { basicConstraints, extensions } = content
  const given = interpretExtensions(extensions, 'certificate')
  const basic = has(extensions, extensionOids.basicConstraints) ? given : basicConstraints
  return {
    isCA: basic?.isCA ?? false,
    pathLength: basic?.pathLength,
    otherNames: given.otherNames,
    ...(has(extensions, extensionOids.keyUsage) && { keyUsage: given.keyUsage }),
    ...(has(extensions, extensionOids.subjectAltName) && { names: given.names }),
    ...(given.nameConstraints !== undefined && { nameConstraints: given.nameConstraints }),
  }
}

const checks: readonly Check[] = [
  checkSerial,
  checkValidity,
  checkLifetime,
  checkSomeName,
  checkSubject,
  checkNameForms,
  checkAuthority,
  checkIssuerName,
  checkPathLength,
  checkIssuer,
  checkConstraints,
  checkKey,
  checkExtensions,
]

function checkSerial({ serial }: CertificateContent): string | undefined {
  if (!/^[1-9]\d{0,59}$/.test(serial)) return 'serial number must be a positive decimal number'
  // Tag and length take two octets.
  const octets = integer(BigInt(serial)).length - 2
  return octets > maximumSerialOctets
    ? `serial number has ${octets} octets, more than ${maximumSerialOctets}`
    : undefined
}

function checkValidity({ notBefore, notAfter }: CertificateContent): string | undefined {
  if (!Number.isFinite(notBefore) || !Number.isFinite(notAfter)) return 'notBefore and notAfter must be given'
  return wholeSeconds(notAfter) <= wholeSeconds(notBefore) ? 'notAfter is not after notBefore' : undefined
}

/**
 * Is it the issuer's own certificate, a root? The name alone does not say so: to path validation (RFC 5280 §6.1) whoever
 * has the issuer's name is self-issued and counts in no path length, so that a CA that took it would be bound by none.
 */
function isSelfSigned({ subject, spki }: CertificateContent, issuer: IssuerFacts): boolean {
  return sameName(subject, issuer.subject) && equalBytes(spki, issuer.spki)
}

function checkIssuerName(content: Effective, issuer: IssuerFacts): string | undefined {
  const taken = content.isCA && sameName(content.subject, issuer.subject) && !isSelfSigned(content, issuer)
  return taken ? 'a CA certificate may not have the name of its issuer' : undefined
}

/** `design.md`: a leaf never outlives its intermediate. */
function checkLifetime(content: CertificateContent, issuer: IssuerFacts): string[] {
  const { notBefore, notAfter } = content
  if (isSelfSigned(content, issuer)) return []
  return [
    ...(wholeSeconds(notAfter) > issuer.notAfter ? ['certificate would outlive its issuer'] : []),
    ...(notBefore > issuer.notAfter ? ['certificate would begin after its issuer has expired'] : []),
  ]
}

function checkSomeName({ subject, names, extensions }: Effective): string | undefined {
  const named = !isEmptyName(subject) || hasNames(names) || has(extensions, extensionOids.subjectAltName)
  return named ? undefined : 'certificate has neither a subject nor a subject alternative name'
}

/** RFC 5280 appendix A.1, in characters. The common name is not among them: step-ca writes longer DNS names into it. */
const longestAttributes: Readonly<Record<string, number>> = {
  organization: 64,
  organizationalUnit: 64,
  locality: 128,
  province: 128,
  serialNumber: 64,
}

function checkSubject({ subject }: CertificateContent): string[] {
  return subject.attributes.flatMap(({ oid, value = '' }) => {
    const field = attributeField(oid) ?? oid
    const longest = longestAttributes[field] ?? Infinity
    return [
      ...(/\p{Cc}/u.test(value) ? [`subject attribute ${field} has a control character`] : []),
      ...(value.length > longest ? [`subject attribute ${field} is longer than ${longest} characters`] : []),
      ...(field === 'country' && !/^[A-Za-z]{2}$/.test(value) ? ['subject attribute country is not two letters'] : []),
    ]
  })
}

const normalForms: Readonly<Record<NameKind, (value: string) => string | undefined>> = {
  dns: parseDnsName,
  ips: parseIp,
  emails: parseEmail,
  uris: parseUri,
}

function checkNameForms({ names }: CertificateContent): string[] {
  return nameKinds.flatMap((kind) => {
    const bad = names[kind].filter((value) => normalForms[kind](value) !== value)
    const repeated =
      names[kind].length === new Set(names[kind]).size ? [] : [`a ${nameKindLabels[kind]} is present twice`]
    return [...bad.map((value) => `${JSON.stringify(value)} is not a valid ${nameKindLabels[kind]}`), ...repeated]
  })
}

/** RFC 5280 §4.2.1.3 and §4.2.1.9: who signs certificates is a CA and says so. */
function checkAuthority({ isCA, pathLength, keyUsage, nameConstraints }: Effective): string[] {
  const signs = keyUsage.includes('certSign')
  return [
    ...(isCA && !signs ? ['a CA certificate needs the key usage certSign'] : []),
    ...(!isCA && signs ? ['the key usage certSign is for CA certificates only'] : []),
    ...(!isCA && pathLength !== undefined ? ['a path length is for CA certificates only'] : []),
    ...(!isCA && nameConstraints !== undefined ? ['name constraints are for CA certificates only'] : []),
  ]
}

function checkPathLength(content: Effective, issuer: IssuerFacts): string | undefined {
  const { isCA, pathLength } = content
  if (!isCA || issuer.pathLength === undefined || isSelfSigned(content, issuer)) return undefined
  if (issuer.pathLength === 0) return 'issuer has path length 0 and may not sign a CA certificate'
  return pathLength === undefined || pathLength >= issuer.pathLength
    ? `path length must be less than the issuer's ${issuer.pathLength}`
    : undefined
}

function checkIssuer(_: CertificateContent, issuer: IssuerFacts): string[] {
  return [
    ...(issuer.isCA ? [] : ['issuer is not a certificate authority']),
    ...(issuer.keyUsage.length === 0 || issuer.keyUsage.includes('certSign')
      ? []
      : ['issuer may not sign certificates']),
  ]
}

/**
 * Constraints of one kind do not bind names of another (RFC 5280 §4.2.1.10), but for some that say the same in another way
 * (RFC 9598 §6), of which Signet knows nothing: it certifies none under constraints.
 */
function checkConstraints({ names, otherNames }: Effective, { nameConstraints }: IssuerFacts): string | undefined {
  if (nameConstraints === undefined) return undefined
  if (nameConstraints.hasOtherKinds) return 'issuer constrains names of a kind that is not supported'
  if (otherNames.length > 0) return 'issuer constrains names, and a name is of a kind that cannot be compared'
  return nameConstraintViolation(names, nameConstraints)
}

/** Fails if the key is damaged. */
function checkKey({ spki }: CertificateContent): undefined {
  readPublicKey(spki)
}

function checkExtensions({ extensions }: CertificateContent): string | undefined {
  const twice = extensions.find(({ oid }, index) => extensions.findIndex((other) => other.oid === oid) !== index)
  return twice === undefined ? undefined : `extension ${twice.oid} is present twice`
}

function has(extensions: CertificateContent['extensions'], oid: string): boolean {
  return extensions.some((extension) => extension.oid === oid)
}
