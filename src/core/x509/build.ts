import type { KeyObject } from 'node:crypto'
import * as der from '../der/writer.ts'
import { hasNames, type Names } from '../names/names.ts'
import type { Certificate } from './certificate.ts'
import {
  authorityKeyIdExtension,
  basicConstraintsExtension,
  encodeExtensions,
  extKeyUsageExtension,
  keyUsageExtension,
  nameConstraintsExtension,
  subjectAltNameExtension,
  subjectKeyIdExtension,
  type BasicConstraints,
  type Extension,
} from './extensions.ts'
import { isEmptyName, sameName, type Name } from './name.ts'
import type { NameConstraints } from './name-constraints.ts'
import { extensionOids } from './oids.ts'
import { subjectKeyIdOf } from './public-key.ts'
import { signatureAlgorithmDer, signatureAlgorithmFor, signData } from './signature.ts'
import type { ExtKeyUsage, KeyUsage } from './usages.ts'

/** Everything that a certificate is to say, except what its issuer adds. */
export type CertificateContent = {
  /** Decimal, positive, at most 20 octets. */
  readonly serial: string
  /** Written as its `der`, byte for byte. */
  readonly subject: Name
  readonly names: Names
  /** Milliseconds since the epoch, cut to whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly keyUsage: readonly KeyUsage[]
  readonly extKeyUsage: readonly ExtKeyUsage[]
  readonly basicConstraints?: BasicConstraints
  readonly nameConstraints?: Pick<NameConstraints, 'permitted' | 'excluded'>
  /** Further extensions, after the others and in this order. One that the fields above also make replaces it. */
  readonly extensions: readonly Extension[]
}

/** What is known of the certificate that signs. */
export type IssuerFacts = Pick<
  Certificate,
  'subject' | 'subjectKeyId' | 'notBefore' | 'notAfter' | 'isCA' | 'pathLength' | 'keyUsage' | 'nameConstraints'
> & {
  readonly publicKey: KeyObject
  /** The same as DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** With which its key signs. */
  readonly signatureAlgorithm: string
}

/** What of an issuer goes into the certificate that it signs. */
export type IssuerIdentity = Pick<IssuerFacts, 'subject' | 'subjectKeyId' | 'signatureAlgorithm'>

/** The facts of an issuer out of its certificate. */
export function issuerFactsOf(certificate: Certificate): IssuerFacts {
  const publicKey = certificate.publicKey()
  const signatureAlgorithm = signatureAlgorithmFor(publicKey, certificate.signatureAlgorithm)
  // A copy: where it is sent to another thread, a view would take the whole certificate along.
  return { ...certificate, publicKey, spki: certificate.spki.slice(), signatureAlgorithm }
}

/**
 * The TBSCertificate (RFC 5280 §4.1): version 3, extensions in Go's and so step-ca's order. `malformed` where content has
 * no encoding; whether it makes sense says `lintCertificateContent`.
 */
export function buildTbsCertificate(content: CertificateContent, issuer: IssuerIdentity): Uint8Array {
  return der.sequence(
    der.contextStructure(0, der.integer(2)),
    der.integer(BigInt(content.serial)),
    signatureAlgorithmDer(issuer.signatureAlgorithm),
    issuer.subject.der,
    der.sequence(der.time(content.notBefore), der.time(content.notAfter)),
    content.subject.der,
    content.spki,
    der.contextStructure(3, encodeExtensions(extensionsOf(content, issuer))),
  )
}

/** The certificate: the signed part, the name of the algorithm, the signature. */
export function assembleCertificate(tbs: Uint8Array, algorithm: string, signature: Uint8Array): Uint8Array {
  return der.sequence(tbs, signatureAlgorithmDer(algorithm), der.bitString(signature))
}

/** Signs a TBSCertificate with the issuer's key: the DER certificate. */
export function signCertificate(tbs: Uint8Array, algorithm: string, privateKey: KeyObject): Uint8Array {
  return assembleCertificate(tbs, algorithm, signData(algorithm, privateKey, tbs))
}

/** The extensions in the order in which they are written. */
function extensionsOf(content: CertificateContent, issuer: IssuerIdentity): Extension[] {
  const given = new Set(content.extensions.map(({ oid }) => oid))
  const made = generators.flatMap(({ oid, make }) => (given.has(oid) ? [] : (make(content, issuer) ?? [])))
  return [...made, ...content.extensions]
}

type Generator = {
  readonly oid: string
  readonly make: (content: CertificateContent, issuer: IssuerIdentity) => Extension | undefined
}

const generators: readonly Generator[] = [
  {
    oid: extensionOids.keyUsage,
    make: ({ keyUsage }) => (keyUsage.length > 0 ? keyUsageExtension(keyUsage) : undefined),
  },
  {
    oid: extensionOids.extKeyUsage,
    make: ({ extKeyUsage }) => (extKeyUsage.length > 0 ? extKeyUsageExtension(extKeyUsage) : undefined),
  },
  {
    oid: extensionOids.basicConstraints,
    make: ({ basicConstraints }) => basicConstraints && basicConstraintsExtension(basicConstraints),
  },
  { oid: extensionOids.subjectKeyId, make: ({ spki }) => subjectKeyIdExtension(subjectKeyIdOf(spki)) },
  { oid: extensionOids.authorityKeyId, make: makeAuthorityKeyId },
  {
    oid: extensionOids.subjectAltName,
    make: ({ names, subject }) => (hasNames(names) ? subjectAltNameExtension(names, isEmptyName(subject)) : undefined),
  },
  {
    oid: extensionOids.nameConstraints,
    make: ({ nameConstraints }) => nameConstraints && nameConstraintsExtension(nameConstraints),
  },
]

/** A self-issued certificate names no other key. */
function makeAuthorityKeyId({ subject }: CertificateContent, issuer: IssuerIdentity): Extension | undefined {
  if (issuer.subjectKeyId === undefined || sameName(subject, issuer.subject)) return undefined
  return authorityKeyIdExtension(issuer.subjectKeyId)
}
