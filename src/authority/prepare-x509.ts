import { SignetError } from '../core/errors.ts'
import { buildTbsCertificate, type CertificateContent, type IssuerFacts } from '../core/x509/build.ts'
import { lintCertificateContent } from '../core/x509/lint.ts'

/** What an issuer's key signs, and how. */
export type ToBeSigned = { readonly tbs: Uint8Array; readonly algorithm: string }

/**
 * A certificate that was checked and may be signed, once. Only `prepareX509` makes one, so code that has not linted has
 * nothing that an issuer would sign.
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
