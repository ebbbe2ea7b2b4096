import { addAdmin, adminOfId, removeAdmin, updateAdmin } from '../../../authority/admin/admins.ts'
import { authorityId, zeroTime } from '../../../authority/admin/provisioners.ts'
import { badRequest, within } from '../../../authority/admin/refuse.ts'
import type { Admin, AdminType } from '../../../authority/admin/state.ts'
import { formatInstant } from '../../../core/instant.ts'
import { readInteger, readMembers, readText, type JsonNode, type Members } from '../../../core/json-reader.ts'
import { decodeJson } from '../../decode-json.ts'
import { encodeGoJson } from '../../../core/go-json.ts'
import { readBody } from '../../request-body.ts'
import { note } from '../../request-event.ts'
import { pageById, queryOf, readPage } from '../page.ts'
import { sendJson } from '../route.ts'
import { sendDone, sendMessage, type AdminCall, type AdminEndpoint, type AdminHandler } from './admin-route.ts'

/** By the number that bodies have for it. */
const adminTypes: readonly (AdminType | undefined)[] = [undefined, 'ADMIN', 'SUPER_ADMIN']

/** Go's JSON of a time, which lists have in place of the one of messages; of none it is the zero of Go. */
export function goTime(milliseconds: number | undefined): { readonly seconds: number } {
  return { seconds: Math.floor((milliseconds ?? Date.parse(zeroTime)) / 1000) }
}

const list: AdminHandler = ({ request, response, administration }) => {
  const page = within('error parsing cursor and limit from query params', () => readPage(queryOf(request)))
  const { items, nextCursor } = pageById(administration.state().admins, page)
  const admins = items.map(({ id, subject, provisionerId, type, createdAt }) => ({
    id,
    authority_id: authorityId,
    subject,
    provisioner_id: provisionerId,
    type: adminTypes.indexOf(type),
    created_at: goTime(createdAt),
    deleted_at: goTime(undefined),
  }))
  sendJson(response, 200, encodeGoJson({ admins, nextCursor }))
}

const show: AdminHandler = ({ response, administration, part }) => {
  sendMessage(response, 200, messageOf(adminOfId(administration.state(), part('id'))))
}

const create: AdminHandler = async ({ request, response, administration }) => {
  const asked = await readAdmin(request, (members) => ({
    subject: textOf(members, 'subject'),
    provisioner: textOf(members, 'provisioner'),
    type: numberOf(members, 'type'),
  }))
  if (asked.subject === '') throw badRequest('subject cannot be empty')
  if (asked.provisioner === '') throw badRequest('provisioner cannot be empty')
  const type = typeOf(asked.type)
  note(response, { change: 'create admin', subjectOfChange: asked.subject })
  const { admin } = await administration.change(({ state, birth }) => addAdmin(state, { ...asked, type }, birth))
  sendMessage(response, 201, messageOf(admin))
}

const update: AdminHandler = async ({ request, response, administration, part }) => {
  const type = typeOf(await readAdmin(request, (members) => numberOf(members, 'type')))
  const id = part('id')
  note(response, { change: 'update admin', subjectOfChange: id })
  const { admin } = await administration.change(({ state }) =>
    within(`error updating admin ${id}: error updating cached admin ${id}`, () => updateAdmin(state, id, type)),
  )
  sendMessage(response, 200, messageOf(admin))
}

const remove: AdminHandler = async ({ response, administration, part }) => {
  const id = part('id')
  note(response, { change: 'remove admin', subjectOfChange: id })
  await administration.change(({ state }) =>
    within(`error deleting admin ${id}: error removing admin ${id} from authority cache`, () => {
      return { state: removeAdmin(state, id) }
    }),
  )
  sendDone(response)
}

export const adminEndpoints: readonly AdminEndpoint[] = [
  ['get', '/admin/admins/:id', show],
  ['get', '/admin/admins', list],
  ['post', '/admin/admins', create],
  ['patch', '/admin/admins/:id', update],
  ['delete', '/admin/admins/:id', remove],
]

function messageOf({ id, subject, provisionerId, type, createdAt }: Admin): object {
  const times = { createdAt: formatInstant(createdAt), deletedAt: zeroTime }
  return { id, authorityId, subject, provisionerId, type, ...times }
}

async function readAdmin<Body>(request: AdminCall['request'], read: (members: Members) => Body): Promise<Body> {
  const text = await readBody(request)
  return within('error reading request body', () =>
    decodeJson(text, (node: JsonNode) => read(readMembers(node, ['subject', 'provisioner', 'type'], 'as Go'))),
  )
}

function textOf(members: Members, name: string): string {
  const node = members.get(name)
  return node === undefined ? '' : readText(node)
}

function numberOf(members: Members, name: string): number {
  const node = members.get(name)
  return node === undefined ? 0 : readInteger(node, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
}

function typeOf(number: number): AdminType {
  const type = adminTypes[number]
  if (type === undefined) throw badRequest('invalid value for admin type')
  return type
}
