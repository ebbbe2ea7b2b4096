import { webhookMessage } from '../../../authority/admin/messages.ts'
import { provisionerNamed } from '../../../authority/admin/provisioners.ts'
import { within } from '../../../authority/admin/refuse.ts'
import type { AdminState, StoredProvisioner } from '../../../authority/admin/state.ts'
import { addWebhook, removeWebhook, updateWebhook } from '../../../authority/admin/webhooks.ts'
import { toBase64 } from '../../../core/bytes.ts'
import { note } from '../../request-event.ts'
import { readMessage, sendDone, sendMessage, type AdminEndpoint, type AdminHandler } from './admin-route.ts'

/** step-ca's length of a secret. */
const secretOctets = 64

const create: AdminHandler = async ({ request, response, administration, part }) => {
  const asked = await readMessage(request, webhookMessage)
  note(response, { change: 'create webhook', subjectOfChange: part('name'), webhook: asked.name })
  const { webhook } = await administration.change(({ state, birth, config, random }) => {
    const secret = toBase64(random.bytes(secretOctets))
    return addWebhook(state, provisionerOf(state, part('name')), asked, { id: birth.id, secret }, config)
  })
  sendMessage(response, 201, webhook)
}

const update: AdminHandler = async ({ request, response, administration, part }) => {
  const asked = await readMessage(request, webhookMessage)
  note(response, { change: 'update webhook', subjectOfChange: part('name'), webhook: asked.name })
  const { webhook } = await administration.change(({ state, config }) =>
    updateWebhook(state, provisionerOf(state, part('name')), asked, config),
  )
  const { secret: _, ...shown } = webhook
  sendMessage(response, 201, shown)
}

const remove: AdminHandler = async ({ response, administration, part }) => {
  note(response, { change: 'remove webhook', subjectOfChange: part('name'), webhook: part('webhook') })
  await administration.change(({ state, config }) => ({
    state: removeWebhook(state, provisionerOf(state, part('name')), part('webhook'), config),
  }))
  sendDone(response)
}

export const webhookEndpoints: readonly AdminEndpoint[] = [
  ['post', '/admin/provisioners/:name/webhooks', create],
  ['put', '/admin/provisioners/:name/webhooks/:webhook', update],
  ['delete', '/admin/provisioners/:name/webhooks/:webhook', remove],
]

function provisionerOf(state: AdminState, name: string): StoredProvisioner {
  return within(`error loading provisioner ${name}`, () => provisionerNamed(state, name))
}
