import { SignetError } from '../core/errors.ts'
import { buildTbsCertificate, type CertificateContent, type IssuerFacts } from '../core/x509/build.ts'
import { buildTbsRevocationList, type RevocationListContent } from '../core/x509/crl.ts'
import { lintCertificateContent } from '../core/x509/lint.ts'

/** What an issuer's key signs, and how. */
export type ToBeSigned = { readonly tbs: Uint8Array; readonly algorithm: string }

/**
 * A certificate or revocation list that was checked and may be signed, once. Only the functions below make one, so code that
 * has not linted has nothing that an issuer would sign.
 */
class Prepared {
  readonly toBeSigned: ToBeSigned
  #spent = false

  constructor(toBeSigned: ToBeSigned) {
    this.toBeSigned = toBeSigned
  }

  /** What is to be signed, for the issuer, the first time only. */
  spend(): ToBeSigned {
    if (this.#spent) throw new SignetError('internal', 'prepared certificate was spent already')
    this.#spent = true
    return this.toBeSigned
  }
}

export type PreparedX509 = Prepared

/** Lints and encodes a certificate for this issuer; `forbidden` with all problems if it may not exist. */
export function prepareX509(content: CertificateContent, issuer: IssuerFacts): PreparedX509 {
  const problems = lintCertificateContent(content, issuer)
  if (problems.length > 0) throw new SignetError('forbidden', problems.join('; '), { reason: 'BadRequest' })
  return new Prepared({ tbs: buildTbsCertificate(content, issuer), algorithm: issuer.signatureAlgorithm })
}

/** Encodes a revocation list of this issuer; `forbidden` if it may not sign any (RFC 5280 §4.2.1.3). */
export function prepareRevocationList(content: RevocationListContent, issuer: IssuerFacts): PreparedX509 {
  if (!signsRevocationLists(issuer)) {
    throw new SignetError('forbidden', 'issuer may not sign revocation lists', { reason: 'BadRequest' })
  }
  return new Prepared({ tbs: buildTbsRevocationList(content, issuer), algorithm: issuer.signatureAlgorithm })
}

/** Does the certificate of the issuer say so, or not say otherwise? */
export function signsRevocationLists({ keyUsage }: Pick<IssuerFacts, 'keyUsage'>): boolean {
  return keyUsage.length === 0 || keyUsage.includes('crlSign')
}
