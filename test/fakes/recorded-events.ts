import type { AuthorityEvents, IssuanceRecord, Refusal, Revocation } from '../../src/authority/ports.ts'
import type { PolicyViolation } from '../../src/core/policy/policy.ts'

export type RecordedEvents = AuthorityEvents & {
  readonly issuedRecords: { readonly record: IssuanceRecord; readonly context: object }[]
  readonly revocations: { readonly revocation: Revocation; readonly context: object }[]
  readonly refusals: Refusal[]
  readonly webhookCalls: Parameters<AuthorityEvents['webhookCalled']>[0][]
  readonly audits: { readonly violations: readonly PolicyViolation[]; readonly context: object }[]
}

/** Keeps what an authority tells. */
export function recordedEvents(): RecordedEvents {
  const issuedRecords: RecordedEvents['issuedRecords'] = []
  const revocations: RecordedEvents['revocations'] = []
  const refusals: Refusal[] = []
  const webhookCalls: RecordedEvents['webhookCalls'] = []
  const audits: RecordedEvents['audits'] = []
  return {
    issuedRecords,
    revocations,
    refusals,
    webhookCalls,
    audits,
    issued: (record, context) => void issuedRecords.push({ record, context }),
    revoked: (revocation, context) => void revocations.push({ revocation, context }),
    refused: (refusal) => void refusals.push(refusal),
    webhookCalled: (call) => void webhookCalls.push(call),
    audited: (violations, context) => void audits.push({ violations, context }),
  }
}
