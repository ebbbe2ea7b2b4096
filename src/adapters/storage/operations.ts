import type { AdminChange, AdminDocuments } from '../../authority/admin/store.ts'
import type {
  CredentialUse,
  IssuanceRecord,
  RecordOutcome,
  Revocation,
  RevokeOutcome,
  SpendOutcome,
  StoredCrl,
  StoredX509,
} from '../../authority/ports.ts'
import type { ErrorCode } from '../../core/errors.ts'

/** One call of the store, as it travels to the worker. */
export type Operation =
  | {
      readonly kind: 'record'
      readonly record: IssuanceRecord
      readonly issuerSpki: Uint8Array
      readonly use: CredentialUse | undefined
      readonly now: number
    }
  | { readonly kind: 'spend'; readonly use: CredentialUse; readonly now: number }
  | { readonly kind: 'find'; readonly serial: string }
  | {
      readonly kind: 'revoke'
      readonly revocation: Revocation
      readonly use: CredentialUse | undefined
      readonly now: number
    }
  | { readonly kind: 'findRevocation'; readonly serial: string }
  | { readonly kind: 'revocationsAlive'; readonly time: number }
  | { readonly kind: 'findCrl' }
  | { readonly kind: 'storeCrl'; readonly crl: StoredCrl }
  | { readonly kind: 'loadAdmin' }
  | { readonly kind: 'changeAdmin'; readonly revision: number; readonly changes: readonly AdminChange[] }
  | { readonly kind: 'check'; readonly now: number }

export type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

/** What each kind of operation gives back. */
export type ResultOf = {
  readonly record: RecordOutcome
  readonly spend: SpendOutcome
  readonly find: StoredX509 | undefined
  readonly revoke: RevokeOutcome
  readonly findRevocation: Revocation | undefined
  readonly revocationsAlive: readonly Revocation[]
  readonly findCrl: StoredCrl | undefined
  readonly storeCrl: boolean
  readonly loadAdmin: AdminDocuments
  readonly changeAdmin: boolean
  readonly check: undefined
}

export type Outcome =
  | { readonly value: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }

/** From the worker: once after the start, then once per batch, in the order of the batches. */
export type WorkerMessage =
  | { readonly kind: 'open'; readonly createdAt: number }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'batch'; readonly outcomes: readonly Outcome[]; readonly seconds: number }

/** To the worker: what to open, once; a batch that becomes one transaction, or the order to close. */
export type MainMessage =
  | { readonly kind: 'open'; readonly options: WorkerOptions }
  | { readonly kind: 'batch'; readonly operations: readonly Operation[] }
  | { readonly kind: 'close' }

/**
 * How hard a commit is pushed to the disk: `full` (every answer waits for an fdatasync of the WAL) is the only safe
 * value. `off` loses certificates on a power cut and exists for the test that proves the durability test.
 */
export type Synchronous = 'full' | 'off'

export type WorkerOptions = {
  readonly file: string
  readonly synchronous: Synchronous
  /** Milliseconds to wait for the lock of another process. */
  readonly busyTimeoutMs: number
  /** Milliseconds since the epoch, for a file that is made now. */
  readonly now: number
}
