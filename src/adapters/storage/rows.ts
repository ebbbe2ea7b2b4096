import type { SQLOutputValue } from 'node:sqlite'
import type { IssuanceRecord, IssuedTo, Revocation, RevokedBy, StoredX509 } from '../../authority/ports.ts'

type Row = Readonly<Record<string, SQLOutputValue>>

/** A row of `certificates` and, where `reason_code` is there, its revocation. */
export function toRecord(row: Row | undefined): StoredX509 | undefined {
  if (row === undefined) return undefined
  const record: IssuanceRecord = {
    serial: String(row['serial']),
    provisioner: {
      id: String(row['provisioner_id']),
      name: String(row['provisioner_name']),
      type: String(row['provisioner_type']),
    },
    issuedTo: JSON.parse(String(row['issued_to'])) as IssuedTo,
    rule: String(row['rule']),
    publicKeySha256: String(row['public_key_sha256']),
    requestedAt: Number(row['requested_at']),
    ...(typeof row['renews'] === 'string' ? { renews: row['renews'] } : {}),
    certificate: row['certificate'] as Uint8Array,
    notBefore: Number(row['not_before']),
    notAfter: Number(row['not_after']),
  }
  return row['reason_code'] === null ? record : { ...record, revocation: toRevocation(row) }
}

/** A row of `revocations`. */
export function toRevocation(row: Row): Revocation {
  return {
    serial: String(row['serial']),
    reasonCode: Number(row['reason_code']),
    reason: String(row['reason']),
    revokedAt: Number(row['revoked_at']),
    by: JSON.parse(String(row['revoked_by'])) as RevokedBy,
    ...(row['expires_at'] === null ? {} : { expiresAt: Number(row['expires_at']) }),
  }
}
