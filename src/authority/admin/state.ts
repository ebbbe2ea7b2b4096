import type { Converted } from './convert.ts'
import type { LinkedPolicy } from './messages.ts'
import type { AdminChange, AdminDocument, AdminKind } from './store.ts'

/** A provisioner that the admin API keeps. */
export type StoredProvisioner = Converted & {
  /** Its id in the messages: never changes. */
  readonly id: string
  /** Under which records of certificates name it: never changes either, so that they outlive a new name or key. */
  readonly recordId: string
}

/** Who may use the admin API: whoever has a certificate for this name by this provisioner. */
export type Admin = {
  readonly id: string
  /** A common name, DNS name or e-mail address. */
  readonly subject: string
  readonly provisionerId: string
  readonly type: AdminType
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** The second may change admins as well. */
export type AdminType = 'ADMIN' | 'SUPER_ADMIN'

/** A key by which an ACME client shows that somebody let it have an account (RFC 8555 §7.3.4). */
export type ExternalAccountKey = {
  readonly id: string
  readonly provisionerId: string
  /** What it is for; may be empty. */
  readonly reference: string
  /** Base64; a secret. */
  readonly hmacKey: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** All that the admin API keeps; never changed, but replaced by the next. Lists are in the order of creation. */
export type AdminState = {
  readonly provisioners: readonly StoredProvisioner[]
  readonly admins: readonly Admin[]
  /** Which names certificates may have. */
  readonly policy: LinkedPolicy | undefined
  readonly externalAccountKeys: readonly ExternalAccountKey[]
}

export const emptyState: AdminState = { provisioners: [], admins: [], policy: undefined, externalAccountKeys: [] }

/** The state that these documents are. */
export function stateOf(documents: readonly AdminDocument[]): AdminState {
  const all = <Item>(kind: AdminKind): Item[] =>
    documents.filter((document) => document.kind === kind).map(({ json }) => JSON.parse(json) as Item)
  return {
    provisioners: all('provisioner'),
    admins: all('admin'),
    policy: all<LinkedPolicy>('policy')[0],
    externalAccountKeys: all('externalAccountKey'),
  }
}

/** The changes of documents that lead from one state to another. Of keys there may be thousands: by look-up, not by search. */
export function changesBetween(before: AdminState, after: AdminState): readonly AdminChange[] {
  const [old, next] = [itemsOf(before), itemsOf(after)]
  const nameOf = ({ kind, id }: Item): string => `${kind} ${id}`
  const [values, names] = [new Set(old.map(({ value }) => value)), new Set(next.map(nameOf))]
  const removed = old.filter((item) => !names.has(nameOf(item)))
  const written = next.filter(({ value }) => !values.has(value))
  return [
    ...removed.map(({ kind, id }) => ({ kind, id, json: undefined })),
    ...written.map(({ kind, id, value }) => ({ kind, id, json: JSON.stringify(value) })),
  ]
}

type Item = { readonly kind: AdminKind; readonly id: string; readonly value: object }

/** There is one policy. */
export const policyId = 'authority'

function itemsOf({ provisioners, admins, policy, externalAccountKeys }: AdminState): readonly Item[] {
  const items = (kind: AdminKind, values: readonly { readonly id: string }[]): Item[] =>
    values.map((value) => ({ kind, id: value.id, value }))
  return [
    ...items('provisioner', provisioners),
    ...items('admin', admins),
    ...(policy === undefined ? [] : [{ kind: 'policy' as const, id: policyId, value: policy }]),
    ...items('externalAccountKey', externalAccountKeys),
  ]
}
