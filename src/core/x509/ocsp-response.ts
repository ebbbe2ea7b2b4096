import * as der from '../der/writer.ts'
import { encodeExtensions } from './extensions.ts'
import { encodeKnownOid, ocspOids } from './oids.ts'
import { crlReasonOf } from './revocation-reason.ts'
import { signatureAlgorithmDer } from './signature.ts'

/** What is known of a certificate (RFC 6960 §2.2). */
export type CertificateStatus =
  | { readonly kind: 'good' | 'unknown' }
  /** `revokedAt` in milliseconds since the epoch. */
  | { readonly kind: 'revoked'; readonly revokedAt: number; readonly reasonCode: number }

export type SingleAnswer = {
  /** The CertID of the request. */
  readonly id: Uint8Array
  readonly status: CertificateStatus
}

export type OcspAnswers = {
  /** SHA-1 of the signer's key (RFC 6960 §4.2.1, byKey). */
  readonly signerKeyHash: Uint8Array
  readonly answers: readonly SingleAnswer[]
  /** Milliseconds since the epoch, cut to whole seconds; also when it was made. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Value of the request's extension. */
  readonly nonce: Uint8Array | undefined
}

/** OCSPResponseStatus of answers without content (RFC 6960 §4.2.1). */
const errorCodes = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const
export type OcspError = keyof typeof errorCodes

/** An unsigned answer that says only that there is none. */
export function encodeOcspError(error: OcspError): Uint8Array {
  return der.sequence(der.enumerated(errorCodes[error]))
}

/** The part of an answer that is signed: ResponseData (RFC 6960 §4.2.1). */
export function buildResponseData(content: OcspAnswers): Uint8Array {
  const { signerKeyHash, answers, thisUpdate, nextUpdate, nonce } = content
  const times = [der.generalizedTime(thisUpdate), der.contextStructure(0, der.generalizedTime(nextUpdate))] as const
  return der.sequence(
    der.contextStructure(2, der.octetString(signerKeyHash)),
    der.generalizedTime(thisUpdate),
    der.sequence(...answers.map(({ id, status }) => der.sequence(id, encodeStatus(status), ...times))),
    ...(nonce === undefined
      ? []
      : [der.contextStructure(1, encodeExtensions([{ oid: ocspOids.nonce, critical: false, value: nonce }]))]),
  )
}

/** The whole answer: the signed part, its signature and the certificate (DER) of who signed it. */
export function assembleOcspResponse(
  data: Uint8Array,
  algorithm: string,
  signature: Uint8Array,
  certificate: Uint8Array,
): Uint8Array {
  const basic = der.sequence(
    data,
    signatureAlgorithmDer(algorithm),
    der.bitString(signature),
    der.contextStructure(0, der.sequence(certificate)),
  )
  return der.sequence(
    der.enumerated(0),
    der.contextStructure(0, der.sequence(encodeKnownOid(ocspOids.basic), der.octetString(basic))),
  )
}

const simpleStatuses = {
  good: der.contextValue(0, new Uint8Array()),
  unknown: der.contextValue(2, new Uint8Array()),
} as const

function encodeStatus(status: CertificateStatus): Uint8Array {
  if (status.kind !== 'revoked') return simpleStatuses[status.kind]
  const reason = crlReasonOf(status.reasonCode)
  const time = der.generalizedTime(status.revokedAt)
  // As in a list, a reason that says nothing is left out.
  return reason === 0
    ? der.contextStructure(1, time)
    : der.contextStructure(1, time, der.contextStructure(0, der.enumerated(reason)))
}
