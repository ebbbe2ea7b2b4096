import { SignetError } from '../../core/errors.ts'
import { formatInstant } from '../../core/instant.ts'
import { readJson } from '../../core/json-reader.ts'
import { createSnapshot, type AuthorityConfig } from '../config.ts'
import { readProvisioner, readProvisioners } from '../provisioners/index.ts'
import type { Provisioner, ReadFile } from '../provisioners/provisioner.ts'
import { tokenIdsOf } from '../provisioners/token-ids.ts'
import { toCaJson } from './convert.ts'
import { checkLockOut } from './lock-out.ts'
import type { LinkedProvisioner } from './messages.ts'
import { badRequest, notFound, within } from './refuse.ts'
import type { AdminState, StoredProvisioner } from './state.ts'

/** step-ca's, of every authority that is on its own. */
export const authorityId = '00000000-0000-0000-0000-000000000000'
/** Of what was never deleted: the zero of Go's time. */
export const zeroTime = '0001-01-01T00:00:00Z'

/** What a new thing gets. */
export type Birth = { readonly id: string; readonly now: number }

/**
 * The provisioners in force, as those of ca.json, by the same readers. `malformed` with the paths of all faults, of which
 * there are none in what was checked when it was written, unless a file has gone that one names.
 */
export function provisionersOf({ provisioners }: AdminState, readFile?: ReadFile): readonly Provisioner[] {
  const read = readJson(provisioners.map(toCaJson), 'provisioners of the admin API', (node) =>
    readProvisioners(node, readFile),
  )
  return read.map((provisioner, index) => ({ ...provisioner, id: provisioners[index]?.recordId ?? provisioner.id }))
}

/** The provisioner of this name; `not-found` in step-ca's words. */
export function provisionerNamed({ provisioners }: AdminState, name: string): StoredProvisioner {
  const found = provisioners.find(({ linked }) => linked.name === name)
  if (found !== undefined) return found
  throw notFound(`provisioner ${name} not found`)
}

/** The same by its id. */
export function provisionerOfId({ provisioners }: AdminState, id: string): StoredProvisioner {
  const found = provisioners.find((provisioner) => provisioner.id === id)
  if (found !== undefined) return found
  throw notFound(`provisioner ${id} not found`)
}

/** Adds one, with a new id whatever it brings. Name and token id have to be new. */
export function addProvisioner(
  state: AdminState,
  asked: LinkedProvisioner,
  { id, now }: Birth,
  config: AuthorityConfig,
): { readonly state: AdminState; readonly provisioner: StoredProvisioner } {
  const linked = { ...asked, id, authorityId, createdAt: formatInstant(now), deletedAt: zeroTime }
  const provisioner: StoredProvisioner = { id, recordId: id, linked, beside: {} }
  checkNew(provisioner, state, config)
  return { state: { ...state, provisioners: [...state.provisioners, provisioner] }, provisioner }
}

/** What a PUT must leave as it is, as messages of step-ca call it. */
const fixedMembers = {
  id: 'ID',
  type: 'type',
  authorityId: 'authorityID',
  createdAt: 'createdAt',
  deletedAt: 'deletedAt',
} as const

/** Puts `asked` in place of the provisioner of this id, with what is kept beside it. */
export function updateProvisioner(
  state: AdminState,
  old: StoredProvisioner,
  asked: LinkedProvisioner,
  config: AuthorityConfig,
): { readonly state: AdminState; readonly provisioner: StoredProvisioner } {
  for (const [member, label] of Object.entries(fixedMembers)) {
    const name = member as keyof typeof fixedMembers
    if (asked[name] !== old.linked[name]) throw badRequest(`cannot change provisioner ${label}`)
  }
  const provisioner: StoredProvisioner = { ...old, linked: asked }
  checkNew(provisioner, state, config)
  const provisioners = state.provisioners.map((each) => (each.id === old.id ? provisioner : each))
  return { state: { ...state, provisioners }, provisioner }
}

/** Removes one with its admins and keys; there have to be super admins of others. */
export function removeProvisioner(state: AdminState, { id, linked }: StoredProvisioner): AdminState {
  const others = ({ provisionerId }: { readonly provisionerId: string }): boolean => provisionerId !== id
  const admins = state.admins.filter(others)
  if (!admins.some(({ type }) => type === 'SUPER_ADMIN')) {
    throw badRequest(`cannot remove provisioner ${linked.name} because no super admins will remain`)
  }
  return {
    ...state,
    provisioners: state.provisioners.filter((each) => each.id !== id),
    admins,
    externalAccountKeys: state.externalAccountKeys.filter(others),
  }
}

function checkNew(provisioner: StoredProvisioner, state: AdminState, config: AuthorityConfig): void {
  const { name = '' } = provisioner.linked
  const others = state.provisioners.filter(({ id }) => id !== provisioner.id)
  if (others.some(({ linked }) => linked.name === name)) {
    throw badRequest(`provisioner with name ${name} already exists`)
  }
  const read = within(`error validating configuration for provisioner ${JSON.stringify(name)}`, () =>
    checkProvisioner(provisioner, config),
  )
  const taken = new Set(config.provisioners.filter(({ id }) => id !== provisioner.recordId).flatMap(tokenIdsOf))
  const tokenId = tokenIdsOf(read).find((id) => taken.has(id))
  if (tokenId !== undefined) throw badRequest(`provisioner with token ID ${tokenId} already exists`)
  const admins = state.admins.filter(({ provisionerId }) => provisionerId === provisioner.id)
  if (provisioner.linked.policy !== undefined) checkLockOut(provisioner.linked.policy, admins)
}

/** Is it one that this authority can have? By the readers of ca.json, and what its claims mean together with the rest. */
function checkProvisioner(provisioner: StoredProvisioner, config: AuthorityConfig): Provisioner {
  try {
    const read = readJson(toCaJson(provisioner), '', (node) => readProvisioner(node))
    if (read === undefined) throw new SignetError('internal', 'a provisioner without a fault was not read')
    createSnapshot({ ...config, provisioners: [read] })
    return read
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== 'malformed') throw error
    // Its place in a list of one says nothing to who sent it.
    throw badRequest(error.message.replace(/^authority\.provisioners\[0\](?:\.claims)?\s*/, ''))
  }
}
