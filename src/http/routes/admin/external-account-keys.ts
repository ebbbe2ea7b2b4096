import {
  addExternalAccountKey,
  externalAccountKeysOf,
  removeExternalAccountKey,
} from '../../../authority/admin/external-account-keys.ts'
import { provisionerNamed, zeroTime } from '../../../authority/admin/provisioners.ts'
import { within } from '../../../authority/admin/refuse.ts'
import type { AdminState, StoredProvisioner } from '../../../authority/admin/state.ts'
import { toBase64 } from '../../../core/bytes.ts'
import { formatInstant } from '../../../core/instant.ts'
import { readMembers, readText } from '../../../core/json-reader.ts'
import { decodeJson } from '../../decode-json.ts'
import { encodeGoJson } from '../../../core/go-json.ts'
import { readBody } from '../../request-body.ts'
import { note } from '../../request-event.ts'
import { pageById, queryOf, readPage } from '../page.ts'
import { sendJson } from '../route.ts'
import { sendDone, sendMessage, type AdminEndpoint, type AdminHandler } from './admin-route.ts'
import { goTime } from './admins.ts'

/** Of HS256, with which accounts are bound (RFC 8555 §7.3.4). */
const keyOctets = 32

/** Without the keys themselves, which are shown once. */
const list: AdminHandler = ({ request, response, administration, part }) => {
  const state = administration.state()
  const provisioner = provisionerOf(state, part('name'))
  const reference = request.params['reference']
  const page = within('error parsing cursor and limit from query params', () => readPage(queryOf(request)))
  const asked = typeof reference === 'string' ? reference : undefined
  const { items, nextCursor } = pageById(externalAccountKeysOf(state, provisioner, asked), page)
  const eaks = items.map((key) => ({
    id: key.id,
    provisioner: provisioner.linked.name,
    ...(key.reference !== '' && { reference: key.reference }),
    created_at: goTime(key.createdAt),
    bound_at: goTime(undefined),
  }))
  sendJson(response, 200, encodeGoJson({ eaks, nextCursor }))
}

const create: AdminHandler = async ({ request, response, administration, part }) => {
  const text = await readBody(request)
  const reference = decodeJson(text, (node) => {
    const member = readMembers(node, ['reference'], 'as Go').get('reference')
    return member === undefined ? '' : readText(member)
  })
  note(response, { change: 'create external account key', subjectOfChange: part('name'), reference })
  const { key } = await administration.change(({ state, birth, random }) =>
    addExternalAccountKey(state, provisionerOf(state, part('name')), reference, {
      id: birth.id,
      hmacKey: toBase64(random.bytes(keyOctets)),
      createdAt: birth.now,
    }),
  )
  sendMessage(response, 201, {
    id: key.id,
    hmacKey: key.hmacKey,
    provisioner: part('name'),
    ...(reference !== '' && { reference }),
    createdAt: formatInstant(key.createdAt),
    boundAt: zeroTime,
  })
}

const remove: AdminHandler = async ({ response, administration, part }) => {
  note(response, { change: 'remove external account key', subjectOfChange: part('name'), key: part('reference') })
  await administration.change(({ state }) => ({
    state: removeExternalAccountKey(state, provisionerOf(state, part('name')), part('reference')),
  }))
  sendDone(response)
}

/** What stands last is a reference to one method, and the id of a key to the other. */
export const externalAccountKeyEndpoints: readonly AdminEndpoint[] = [
  ['get', '/admin/acme/eab/:name/:reference', list],
  ['get', '/admin/acme/eab/:name', list],
  ['post', '/admin/acme/eab/:name', create],
  ['delete', '/admin/acme/eab/:name/:reference', remove],
]

function provisionerOf(state: AdminState, name: string): StoredProvisioner {
  return within(`error loading provisioner ${name}`, () => provisionerNamed(state, name))
}
