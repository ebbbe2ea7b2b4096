import { createPublicKey, type KeyObject } from 'node:crypto'
import { SignetError } from '../errors.ts'
import { noNames } from '../names/names.ts'
import {
  buildTbsCertificate,
  issuerFactsOf,
  signCertificate,
  type CertificateContent,
  type IssuerFacts,
} from './build.ts'
import type { Certificate } from './certificate.ts'
import { lintCertificateContent } from './lint.ts'
import { createName, type Name } from './name.ts'
import type { NameConstraints } from './name-constraints.ts'
import { subjectKeyIdOf } from './public-key.ts'
import { signatureAlgorithmFor } from './signature.ts'
import { checkIssuedCertificate } from './verify-issued.ts'

/** How long step's own CA certificates are valid: ten years, in milliseconds. */
export const authorityLifetime = 3650 * 24 * 3_600_000

/** CAs that may stand below: step's values. */
const rootPathLength = 1
const intermediatePathLength = 0

/** The usages of a CA certificate, as step-ca's: certificates and revocation lists, no extended usages. */
const authorityKeyUsage = ['certSign', 'crlSign'] as const

type AuthorityRequest = {
  readonly subject: Name
  /** Decimal, positive, at most 20 octets. */
  readonly serial: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

export type RootRequest = AuthorityRequest & { readonly privateKey: KeyObject }

export type IntermediateRequest = AuthorityRequest & {
  /** The key of the new CA: DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly issuer: Certificate
  readonly issuerKey: KeyObject
  readonly nameConstraints?: Pick<NameConstraints, 'permitted' | 'excluded'>
}

/** The subject that `step ca init` gives a CA: `<name> Root CA` or `<name> Intermediate CA`, organization `<name>`. */
export function authoritySubject(name: string, level: 'Root' | 'Intermediate'): Name {
  return createName({ commonName: `${name} ${level} CA`, organization: [name] })
}

/** A self-signed root with path length 1, as `step ca init` makes it. */
export function createRootCertificate({ privateKey, ...request }: RootRequest): Certificate {
  const publicKey = createPublicKey(privateKey)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const content = authorityContent(request, spki, rootPathLength)
  const itself: IssuerFacts = {
    subject: request.subject,
    subjectKeyId: subjectKeyIdOf(spki),
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    isCA: true,
    pathLength: rootPathLength,
    keyUsage: authorityKeyUsage,
    nameConstraints: undefined,
    publicKey,
    spki,
    signatureAlgorithm: signatureAlgorithmFor(privateKey),
  }
  return issue(content, itself, privateKey)
}

/** An intermediate with path length 0, as `step ca init` makes it; with name constraints where they are given. */
export function createIntermediateCertificate(request: IntermediateRequest): Certificate {
  const { spki, issuer, issuerKey, nameConstraints } = request
  const content = authorityContent(request, spki, intermediatePathLength)
  const constrained = nameConstraints === undefined ? content : { ...content, nameConstraints }
  return issue(constrained, issuerFactsOf(issuer), issuerKey)
}

function authorityContent(request: AuthorityRequest, spki: Uint8Array, pathLength: number): CertificateContent {
  const { subject, serial, notBefore, notAfter } = request
  return {
    subject,
    serial,
    notBefore,
    notAfter,
    spki,
    names: noNames,
    keyUsage: authorityKeyUsage,
    extKeyUsage: [],
    basicConstraints: { isCA: true, pathLength },
    extensions: [],
  }
}

/** Lint, sign, check: CA certificates are few and are made by whoever holds the issuer's key, outside of the authority. */
function issue(content: CertificateContent, issuer: IssuerFacts, issuerKey: KeyObject): Certificate {
  const [fault] = lintCertificateContent(content, issuer)
  if (fault !== undefined) throw new SignetError('malformed', `CA certificate: ${fault}`)
  const tbs = buildTbsCertificate(content, issuer)
  return checkIssuedCertificate(signCertificate(tbs, issuer.signatureAlgorithm, issuerKey), content, issuer)
}
