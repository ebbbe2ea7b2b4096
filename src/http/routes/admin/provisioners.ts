import { provisionerMessage } from '../../../authority/admin/messages.ts'
import {
  addProvisioner,
  provisionerNamed,
  provisionerOfId,
  removeProvisioner,
  updateProvisioner,
} from '../../../authority/admin/provisioners.ts'
import { within } from '../../../authority/admin/refuse.ts'
import type { AdminState, StoredProvisioner } from '../../../authority/admin/state.ts'
import { encodeGoJson } from '../../../core/go-json.ts'
import { note } from '../../request-event.ts'
import { provisionersPage, queryOf, readPage } from '../page.ts'
import { sendJson } from '../route.ts'
import {
  readMessage,
  sendDone,
  sendMessage,
  type AdminCall,
  type AdminEndpoint,
  type AdminHandler,
} from './admin-route.ts'

const list: AdminHandler = ({ request, response, surface }) => {
  const page = within('error parsing cursor and limit from query params', () => readPage(queryOf(request)))
  sendJson(response, 200, encodeGoJson(provisionersPage(surface.answers.provisioners, page)))
}

const show: AdminHandler = (call) => {
  sendMessage(call.response, 200, findAsked(call, call.administration.state()).linked)
}

const create: AdminHandler = async ({ request, response, administration }) => {
  const asked = await readMessage(request, provisionerMessage)
  const { name = '' } = asked
  note(response, { change: 'create provisioner', subjectOfChange: name })
  const { provisioner } = await administration.change(({ state, birth, config }) =>
    within(`error storing provisioner ${name}`, () => addProvisioner(state, asked, birth, config)),
  )
  sendMessage(response, 201, provisioner.linked)
}

const update: AdminHandler = async ({ request, response, administration, part }) => {
  const asked = await readMessage(request, provisionerMessage)
  const name = part('name')
  note(response, { change: 'update provisioner', subjectOfChange: name })
  const { provisioner } = await administration.change(({ state, config }) => {
    const old = within(`error loading provisioner from cached configuration '${name}'`, () =>
      provisionerNamed(state, name),
    )
    return within(`error updating provisioner '${name}'`, () => updateProvisioner(state, old, asked, config))
  })
  sendMessage(response, 200, provisioner.linked)
}

const remove: AdminHandler = async (call) => {
  note(call.response, { change: 'remove provisioner' })
  await call.administration.change(({ state }) => {
    const found = findAsked(call, state)
    const { name = '' } = found.linked
    note(call.response, { subjectOfChange: name })
    return { state: within(`error removing provisioner ${name}`, () => removeProvisioner(state, found)) }
  })
  sendDone(call.response)
}

export const provisionerEndpoints: readonly AdminEndpoint[] = [
  ['get', '/admin/provisioners/:name', show],
  ['get', '/admin/provisioners', list],
  ['post', '/admin/provisioners', create],
  ['put', '/admin/provisioners/:name', update],
  ['delete', '/admin/provisioners/:name', remove],
]

/** By the `id` of the query if there is one, else by the name in the path. */
function findAsked({ request, part }: AdminCall, state: AdminState): StoredProvisioner {
  const id = queryOf(request).get('id') ?? ''
  const asked = id === '' ? part('name') : id
  return within(`error loading provisioner ${asked}`, () =>
    id === '' ? provisionerNamed(state, asked) : provisionerOfId(state, asked),
  )
}
