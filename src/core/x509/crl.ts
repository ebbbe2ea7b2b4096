import { contextPrimitive } from '../der/tags.ts'
import * as der from '../der/writer.ts'
import { utf8Bytes } from '../bytes.ts'
import type { IssuerIdentity } from './build.ts'
import { authorityKeyIdExtension, encodeExtensions, type Extension } from './extensions.ts'
import { generalNameTags } from './general-names.ts'
import { extensionOids } from './oids.ts'
import { crlReasonOf } from './revocation-reason.ts'
import { signatureAlgorithmDer } from './signature.ts'

/** One certificate that counts no more. */
export type RevokedCertificate = {
  /** Decimal. */
  readonly serial: string
  /** Milliseconds since the epoch. */
  readonly revokedAt: number
  /** As it was asked for, 0 to 10. */
  readonly reasonCode: number
}

export type RevocationListContent = {
  readonly number: number
  /** Milliseconds since the epoch, cut to whole seconds. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** URL under which it is to be found. */
  readonly distributionPoint: string
  readonly revoked: readonly RevokedCertificate[]
}

/** The TBSCertList (RFC 5280 §5.1), version 2, extensions in the order of Go's and so step-ca's. */
export function buildTbsRevocationList(content: RevocationListContent, issuer: IssuerIdentity): Uint8Array {
  const { number, thisUpdate, nextUpdate, distributionPoint, revoked } = content
  return der.sequence(
    der.integer(1),
    signatureAlgorithmDer(issuer.signatureAlgorithm),
    issuer.subject.der,
    der.time(thisUpdate),
    der.time(nextUpdate),
    // RFC 5280 §5.1.2.6: absent where there is none.
    ...(revoked.length === 0 ? [] : [der.sequence(...revoked.map(encodeEntry))]),
    der.contextStructure(
      0,
      encodeExtensions([
        ...(issuer.subjectKeyId === undefined ? [] : [authorityKeyIdExtension(issuer.subjectKeyId)]),
        { oid: extensionOids.crlNumber, critical: false, value: der.integer(number) },
        issuingDistributionPointExtension(distributionPoint),
      ]),
    ),
  )
}

function encodeEntry({ serial, revokedAt, reasonCode }: RevokedCertificate): Uint8Array {
  const reason = crlReasonOf(reasonCode)
  const fields = [der.integer(BigInt(serial)), der.time(revokedAt)]
  if (reason === 0) return der.sequence(...fields)
  const extension = { oid: extensionOids.reasonCode, critical: false, value: der.enumerated(reason) }
  return der.sequence(...fields, encodeExtensions([extension]))
}

/** RFC 5280 §5.2.5, with the full name alone: a list of all that its issuer signed. */
function issuingDistributionPointExtension(url: string): Extension {
  const value = der.sequence(der.contextStructure(0, der.contextStructure(0, uriName(url))))
  return { oid: extensionOids.issuingDistributionPoint, critical: true, value }
}

/** A GeneralName (RFC 5280 §4.2.1.6) that is a URI, as it was written. */
export function uriName(url: string): Uint8Array {
  return der.element(contextPrimitive(generalNameTags.uris), utf8Bytes(url))
}
