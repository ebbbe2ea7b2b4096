import { authorityPolicy, createPolicy, removePolicy, updatePolicy } from '../../../authority/admin/authority-policy.ts'
import { policyMessage } from '../../../authority/admin/messages.ts'
import { SignetError } from '../../../core/errors.ts'
import { note } from '../../request-event.ts'
import { readMessage, sendDone, sendMessage, type AdminEndpoint, type AdminHandler } from './admin-route.ts'

const show: AdminHandler = ({ response, administration }) => {
  sendMessage(response, 200, authorityPolicy(administration.state()))
}

const write =
  (status: number, change: string, decide: typeof createPolicy): AdminHandler =>
  async ({ request, response, administration, admin }) => {
    const asked = await readMessage(request, policyMessage)
    note(response, { change })
    const { state } = await administration.change(({ state }) => ({ state: decide(state, asked, admin) }))
    sendMessage(response, status, authorityPolicy(state))
  }

const remove: AdminHandler = async ({ response, administration }) => {
  note(response, { change: 'remove policy' })
  await administration.change(({ state }) => ({ state: removePolicy(state) }))
  sendDone(response)
}

/** As step-ca without its commercial sibling: the policy is the authority's, provisioners and accounts have none of their own. */
const unserved: AdminHandler = () => {
  throw new SignetError('not-implemented', 'operation not supported in standalone mode', { reason: 'BadRequest' })
}
const unservedPaths = [
  '/admin/provisioners/:name/policy',
  '/admin/acme/policy/:name/reference/:reference',
  '/admin/acme/policy/:name/key/:id',
]

export const policyEndpoints: readonly AdminEndpoint[] = [
  ['get', '/admin/policy', show],
  ['post', '/admin/policy', write(201, 'create policy', createPolicy)],
  ['put', '/admin/policy', write(200, 'update policy', updatePolicy)],
  ['delete', '/admin/policy', remove],
  ...unservedPaths.flatMap((path) =>
    (['get', 'post', 'put', 'delete'] as const).map((method): AdminEndpoint => [method, path, unserved]),
  ),
]
