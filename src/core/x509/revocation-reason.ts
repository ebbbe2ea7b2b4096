/** Codes of CRLReason (RFC 5280 §5.3.1) that a full list or an OCSP answer may hold: 7 means nothing, 8 only belongs to deltas. */
const lasting: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 9, 10])

/** The reason as it is published: 0 (unspecified, which is left out) for codes that step takes and the RFC does not have. */
export function crlReasonOf(reasonCode: number): number {
  return lasting.has(reasonCode) ? reasonCode : 0
}
