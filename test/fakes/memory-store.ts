import type {
  CertificateStore,
  CredentialUse,
  IssuanceRecord,
  Revocation,
  StoredCrl,
} from '../../src/authority/ports.ts'
import { SignetError } from '../../src/core/errors.ts'
import { isSignedBy } from '../../src/core/x509/certificate.ts'
import { importPublicKey } from '../../src/core/x509/public-key.ts'

export type MemoryStore = CertificateStore & {
  /** Everything that was recorded, in order. */
  readonly records: readonly IssuanceRecord[]
  /** Ids of credentials that were spent. */
  readonly spent: readonly string[]
  /** Makes a record disappear, as if another database were restored. */
  forget(serial: string): void
}

/** A CertificateStore in memory, made at `createdAt`; it keeps the whole contract but durability. */
export function memoryStore(createdAt: number): MemoryStore {
  const records: IssuanceRecord[] = []
  const known = new Map<string, IssuanceRecord>()
  const spent = new Map<string, number>()
  const revocations = new Map<string, Revocation>()
  let crl: StoredCrl | undefined
  const uses: { readonly subject: string; readonly at: number }[] = []
  let closed = false

  const open = () => {
    if (closed) throw new SignetError('unavailable', 'the database is closed')
  }
  const spend = (use: CredentialUse, now: number) => {
    if (use.kind === 'once') {
      if (spent.has(use.id)) return 'credential-used'
      spent.set(use.id, use.expiresAt)
      return 'recorded'
    }
    const recent = uses.filter(({ subject, at }) => subject === use.subject && at > now - use.windowSeconds * 1000)
    if (recent.length >= use.limit) return 'too-many-uses'
    if (use.token !== undefined) {
      if (spent.has(use.token.id)) return 'credential-used'
      spent.set(use.token.id, use.token.expiresAt)
    }
    uses.push({ subject: use.subject, at: now })
    spent.set(use.id, use.expiresAt)
    return 'recorded'
  }

  return {
    records,
    get spent() {
      return [...spent.keys()]
    },
    forget: (serial) => void known.delete(serial),
    async record(record, issuerSpki, use, now) {
      open()
      const { serial, renews } = record
      if (!isSignedBy(record.certificate, importPublicKey(issuerSpki))) {
        throw new SignetError('internal', `certificate ${serial} is not signed by its issuer`)
      }
      if (records.some((one) => one.serial === serial)) return 'serial-taken'
      if (renews !== undefined && revocations.has(renews)) return 'renews-revoked'
      const outcome = use === undefined ? 'recorded' : spend(use, now)
      if (outcome !== 'recorded') return outcome
      records.push(record)
      known.set(serial, record)
      return outcome
    },
    async spend(use, now) {
      open()
      const outcome = spend(use, now)
      return outcome === 'recorded' ? 'spent' : outcome
    },
    async find(serial) {
      open()
      const [record, revocation] = [known.get(serial), revocations.get(serial)]
      return record && { ...record, ...(revocation && { revocation }) }
    },
    async revoke(revocation, use, now) {
      open()
      const outcome = use === undefined ? 'recorded' : spend(use, now)
      if (outcome !== 'recorded') return outcome
      if (revocations.has(revocation.serial)) return 'already-revoked'
      revocations.set(revocation.serial, revocation)
      return 'revoked'
    },
    async findRevocation(serial) {
      open()
      return revocations.get(serial)
    },
    async revocationsAlive(time) {
      open()
      return [...revocations.values()].filter(({ expiresAt = Infinity }) => expiresAt >= time)
    },
    async findCrl() {
      open()
      return crl
    },
    async storeCrl(next) {
      open()
      if (crl !== undefined && crl.number >= next.number) return false
      crl = next
      return true
    },
    createdAt: () => Promise.resolve(createdAt),
    async check() {
      open()
    },
    async close() {
      closed = true
    },
  }
}
