import type {
  CertificateStore,
  CredentialUse,
  IssuanceIntent,
  IssuanceRecord,
  Revocation,
  StoredCrl,
} from '../../src/authority/ports.ts'
import { SignetError } from '../../src/core/errors.ts'
import { isSignedBy } from '../../src/core/x509/certificate.ts'
import { importPublicKey } from '../../src/core/x509/public-key.ts'

export type MemoryStore = CertificateStore & {
  /** Everything that was begun, in order. */
  readonly intents: readonly IssuanceIntent[]
  /** Ids of credentials that were spent. */
  readonly spent: readonly string[]
  /** Makes a record disappear, as if another database were restored. */
  forget(serial: string): void
}

/** A CertificateStore in memory, made at `createdAt`; it keeps the whole contract but durability. */
export function memoryStore(createdAt: number): MemoryStore {
  const intents: IssuanceIntent[] = []
  const records = new Map<string, IssuanceRecord>()
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
      return 'begun'
    }
    const recent = uses.filter(({ subject, at }) => subject === use.subject && at > now - use.windowSeconds * 1000)
    if (recent.length >= use.limit) return 'too-many-uses'
    uses.push({ subject: use.subject, at: now })
    spent.set(use.id, use.expiresAt)
    return 'begun'
  }

  return {
    intents,
    get spent() {
      return [...spent.keys()]
    },
    forget: (serial) => void records.delete(serial),
    async begin(intent, use, now) {
      open()
      if (intents.some(({ serial }) => serial === intent.serial)) return 'serial-taken'
      if (intent.renews !== undefined && revocations.has(intent.renews)) return 'renews-revoked'
      const outcome = use === undefined ? 'begun' : spend(use, now)
      if (outcome === 'begun') intents.push(intent)
      return outcome
    },
    async complete(serial, result) {
      open()
      const { issuerSpki, ...kept } = result
      if (!isSignedBy(kept.certificate, importPublicKey(issuerSpki))) {
        throw new SignetError('internal', `certificate ${serial} is not signed by its issuer`)
      }
      const intent = intents.find((known) => known.serial === serial)
      if (intent === undefined || records.has(serial)) {
        throw new SignetError('conflict', `serial ${serial} has no open intent in the store`)
      }
      records.set(serial, { ...intent, ...kept })
    },
    async spend(use, now) {
      open()
      const outcome = spend(use, now)
      return outcome === 'begun' ? 'spent' : outcome
    },
    async find(serial) {
      open()
      const [record, revocation] = [records.get(serial), revocations.get(serial)]
      return record && { ...record, ...(revocation && { revocation }) }
    },
    async revoke(revocation, use, now) {
      open()
      const outcome = use === undefined ? 'begun' : spend(use, now)
      if (outcome !== 'begun') return outcome
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
