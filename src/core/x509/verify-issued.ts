import { equalBytes } from '../bytes.ts'
import { SignetError } from '../errors.ts'
import { wholeSeconds } from '../instant.ts'
import { nameKinds, type Names } from '../names/names.ts'
import type { CertificateContent, IssuerFacts } from './build.ts'
import { parseCertificate, type Certificate } from './certificate.ts'
import type { Extension } from './extensions.ts'
import { sameName } from './name.ts'
import type { NameConstraints } from './name-constraints.ts'
import { extensionOids } from './oids.ts'
import { subjectKeyIdOf } from './public-key.ts'
import { extKeyUsageName, extKeyUsageOid } from './usages.ts'

/**
 * Reads a certificate that was just signed as a stranger would, compares it with what was prepared, field by field, and
 * verifies its signature. Gives it parsed; `internal`, with the names of the fields that differ, if it is anything but what
 * was prepared.
 */
export function checkIssuedCertificate(der: Uint8Array, content: CertificateContent, issuer: IssuerFacts): Certificate {
  return compare([...comparisons, { field: 'signature', holds: isSignedByIssuer }], der, content, issuer)
}

/** As `checkIssuedCertificate`, for one whose signature is verified elsewhere before anybody gets it (`isSignedBy`). */
export function checkIssuedContents(der: Uint8Array, content: CertificateContent, issuer: IssuerFacts): Certificate {
  return compare(comparisons, der, content, issuer)
}

function compare(
  expected: readonly Comparison[],
  der: Uint8Array,
  content: CertificateContent,
  issuer: IssuerFacts,
): Certificate {
  const certificate = parseCertificate(der)
  const differing = expected.filter(({ holds }) => !holds(certificate, content, issuer)).map(({ field }) => field)
  if (differing.length === 0) return certificate
  throw new SignetError('internal', `issued certificate differs from what was prepared: ${differing.join(', ')}`)
}

type Comparison = {
  readonly field: string
  readonly holds: (certificate: Certificate, content: CertificateContent, issuer: IssuerFacts) => boolean
}

/** An extension that content gives as octets is compared as such, by `extensions`. */
const unlessGiven = (oid: string, holds: Comparison['holds']): Comparison['holds'] => {
  return (certificate, content, issuer) => isGiven(content, oid) || holds(certificate, content, issuer)
}

const comparisons: readonly Comparison[] = [
  { field: 'serial number', holds: ({ serial }, content) => serial === content.serial },
  { field: 'subject', holds: ({ subject }, content) => sameName(subject, content.subject) },
  { field: 'issuer', holds: (certificate, _, { subject }) => sameName(certificate.issuer, subject) },
  { field: 'notBefore', holds: ({ notBefore }, content) => notBefore === wholeSeconds(content.notBefore) },
  { field: 'notAfter', holds: ({ notAfter }, content) => notAfter === wholeSeconds(content.notAfter) },
  { field: 'public key', holds: ({ spki }, content) => equalBytes(spki, content.spki) },
  { field: 'names', holds: unlessGiven(extensionOids.subjectAltName, hasPreparedNames) },
  {
    field: 'key usage',
    holds: unlessGiven(extensionOids.keyUsage, ({ keyUsage }, content) => sameMembers(keyUsage, content.keyUsage)),
  },
  {
    field: 'extended key usage',
    holds: unlessGiven(extensionOids.extKeyUsage, ({ extKeyUsage }, content) =>
      sameList(extKeyUsage, content.extKeyUsage.map(extKeyUsageOid).map(extKeyUsageName)),
    ),
  },
  { field: 'basic constraints', holds: unlessGiven(extensionOids.basicConstraints, hasPreparedConstraints) },
  {
    field: 'name constraints',
    holds: unlessGiven(extensionOids.nameConstraints, ({ nameConstraints }, content) =>
      sameConstraints(nameConstraints, content.nameConstraints),
    ),
  },
  {
    field: 'subject key id',
    holds: unlessGiven(extensionOids.subjectKeyId, ({ subjectKeyId }, { spki }) =>
      sameOctets(subjectKeyId, subjectKeyIdOf(spki)),
    ),
  },
  { field: 'authority key id', holds: unlessGiven(extensionOids.authorityKeyId, hasPreparedAuthorityKeyId) },
  { field: 'extensions', holds: hasPreparedExtensions },
  {
    field: 'signature algorithm',
    holds: ({ signatureAlgorithm }, _, issuer) => signatureAlgorithm === issuer.signatureAlgorithm,
  },
]

function hasPreparedNames({ names, otherNames }: Certificate, content: CertificateContent): boolean {
  return otherNames.length === 0 && sameNames(names, content.names)
}

function hasPreparedConstraints({ isCA, pathLength }: Certificate, { basicConstraints }: CertificateContent): boolean {
  return isCA === (basicConstraints?.isCA ?? false) && pathLength === basicConstraints?.pathLength
}

function hasPreparedAuthorityKeyId(
  certificate: Certificate,
  { subject }: CertificateContent,
  issuer: IssuerFacts,
): boolean {
  return sameOctets(certificate.authorityKeyId, sameName(subject, issuer.subject) ? undefined : issuer.subjectKeyId)
}

/** What the fields make, which the comparisons above know; every other extension is there exactly as given. */
const madeByFields: ReadonlySet<string> = new Set([
  extensionOids.keyUsage,
  extensionOids.extKeyUsage,
  extensionOids.basicConstraints,
  extensionOids.subjectKeyId,
  extensionOids.authorityKeyId,
  extensionOids.subjectAltName,
  extensionOids.nameConstraints,
])

function hasPreparedExtensions({ extensions }: Certificate, content: CertificateContent): boolean {
  const rest = extensions.filter(({ oid }) => !madeByFields.has(oid) || isGiven(content, oid))
  return (
    rest.length === content.extensions.length &&
    content.extensions.every((given) => rest.some((found) => sameExtension(found, given)))
  )
}

function isSignedByIssuer(certificate: Certificate, _: CertificateContent, issuer: IssuerFacts): boolean {
  return certificate.isSignedBy(issuer.publicKey)
}

function isGiven({ extensions }: CertificateContent, oid: string): boolean {
  return extensions.some((extension) => extension.oid === oid)
}

function sameExtension(left: Extension, right: Extension): boolean {
  return left.oid === right.oid && left.critical === right.critical && equalBytes(left.value, right.value)
}

function sameConstraints(found: NameConstraints | undefined, wanted: CertificateContent['nameConstraints']): boolean {
  if (found === undefined || wanted === undefined) return found === wanted
  const { permitted, excluded, hasOtherKinds } = found
  return !hasOtherKinds && sameNames(permitted, wanted.permitted) && sameNames(excluded, wanted.excluded)
}

function sameNames(left: Names, right: Names): boolean {
  return nameKinds.every((kind) => sameList(left[kind], right[kind]))
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index])
}

function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  return sameList(left.toSorted(), right.toSorted())
}

function sameOctets(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalBytes(left, right)
}
