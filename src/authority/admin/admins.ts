import type { Birth } from './provisioners.ts'
import { provisionerNamed } from './provisioners.ts'
import { badRequest, notFound, within } from './refuse.ts'
import type { Admin, AdminState, AdminType } from './state.ts'

/** Who the API is asked to make an admin. */
export type AskedAdmin = {
  readonly subject: string
  /** By its name. */
  readonly provisioner: string
  readonly type: AdminType
}

/** The admin of this id; `not-found` in step-ca's words. */
export function adminOfId({ admins }: AdminState, id: string): Admin {
  const found = admins.find((admin) => admin.id === id)
  if (found !== undefined) return found
  throw notFound(`admin ${id} not found`)
}

/** A subject is an admin once per provisioner. */
export function addAdmin(
  state: AdminState,
  { subject, provisioner: name, type }: AskedAdmin,
  { id, now }: Birth,
): { readonly state: AdminState; readonly admin: Admin } {
  const provisioner = within(`error loading provisioner ${name}`, () => provisionerNamed(state, name))
  const isSame = (admin: Admin): boolean => admin.subject === subject && admin.provisionerId === provisioner.id
  if (state.admins.some(isSame)) {
    throw badRequest(`error storing admin: admin with subject ${subject} and provisioner ${name} already exists`)
  }
  const admin: Admin = { id, subject, provisionerId: provisioner.id, type, createdAt: now }
  return { state: { ...state, admins: [...state.admins, admin] }, admin }
}

/** Makes an admin a super admin or the other way round; the last super admin stays one. */
export function updateAdmin(
  state: AdminState,
  id: string,
  type: AdminType,
): { readonly state: AdminState; readonly admin: Admin } {
  const old = adminOfId(state, id)
  if (old.type === type) return { state, admin: old }
  if (isLastSuperAdmin(state, old)) throw badRequest('cannot change role of last super admin')
  const admin = { ...old, type }
  return { state: { ...state, admins: state.admins.map((each) => (each.id === id ? admin : each)) }, admin }
}

/** Removes an admin, unless he is the last super admin. */
export function removeAdmin(state: AdminState, id: string): AdminState {
  const old = adminOfId(state, id)
  if (isLastSuperAdmin(state, old)) throw badRequest('cannot remove the last super admin')
  return { ...state, admins: state.admins.filter((admin) => admin.id !== id) }
}

function isLastSuperAdmin({ admins }: AdminState, { type }: Admin): boolean {
  return type === 'SUPER_ADMIN' && admins.filter((admin) => admin.type === 'SUPER_ADMIN').length === 1
}
