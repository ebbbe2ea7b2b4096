import { equalSecrets, utf8Bytes } from '../../core/bytes.ts'
import type { AuthorityConfig } from '../config.ts'
import type { LinkedWebhook } from './messages.ts'
import { updateProvisioner } from './provisioners.ts'
import { badRequest, exists, notFound, wrapped } from './refuse.ts'
import type { AdminState, StoredProvisioner } from './state.ts'

/** What a new webhook gets: an id, and the secret (base64) that its calls are signed with. */
export type WebhookBirth = { readonly id: string; readonly secret: string }

type Changed = { readonly state: AdminState; readonly webhook: LinkedWebhook }

/** Adds a webhook to a provisioner, under a name that it does not have yet. */
export function addWebhook(
  state: AdminState,
  provisioner: StoredProvisioner,
  asked: LinkedWebhook,
  birth: WebhookBirth,
  config: AuthorityConfig,
): Changed {
  checkWebhook(asked)
  if (asked.secret !== undefined) throw badRequest('webhook secret must not be set')
  if (asked.id !== undefined) throw badRequest('webhook ID must not be set')
  const { name = '', webhooks = [] } = provisioner.linked
  if (webhooks.some((webhook) => webhook.name === asked.name)) {
    const [of, its] = [name, asked.name].map((text) => JSON.stringify(text))
    throw exists(`provisioner ${of} already has a webhook with the name ${its}`)
  }
  const webhook = { ...asked, ...birth }
  return { state: withWebhooks(state, provisioner, [...webhooks, webhook], config, 'creating'), webhook }
}

/** Changes the webhook of this name; id and secret stay. */
export function updateWebhook(
  state: AdminState,
  provisioner: StoredProvisioner,
  asked: LinkedWebhook,
  config: AuthorityConfig,
): Changed {
  checkWebhook(asked)
  const { name = '', webhooks = [] } = provisioner.linked
  const old = webhooks.find((webhook) => webhook.name === asked.name)
  if (old === undefined) {
    const [of, its] = [name, asked.name].map((text) => JSON.stringify(text))
    throw notFound(`provisioner ${of} has no webhook with the name ${its}`)
  }
  if (asked.secret !== undefined && !equalSecrets(utf8Bytes(asked.secret), utf8Bytes(old.secret ?? ''))) {
    throw badRequest('webhook secret cannot be updated')
  }
  if (asked.id !== undefined && asked.id !== old.id) throw badRequest('webhook ID cannot be updated')
  const webhook = {
    ...asked,
    ...(old.id !== undefined && { id: old.id }),
    ...(old.secret !== undefined && { secret: old.secret }),
  }
  const all = webhooks.map((each) => (each.name === asked.name ? webhook : each))
  return { state: withWebhooks(state, provisioner, all, config, 'updating'), webhook }
}

/** As step-ca, removes the webhook of this name if there is one. */
export function removeWebhook(
  state: AdminState,
  provisioner: StoredProvisioner,
  name: string,
  config: AuthorityConfig,
): AdminState {
  const { webhooks = [] } = provisioner.linked
  const rest = webhooks.filter((webhook) => webhook.name !== name)
  return rest.length === webhooks.length ? state : withWebhooks(state, provisioner, rest, config, 'deleting')
}

function withWebhooks(
  state: AdminState,
  provisioner: StoredProvisioner,
  webhooks: readonly LinkedWebhook[],
  config: AuthorityConfig,
  verb: string,
): AdminState {
  const { webhooks: _, ...linked } = provisioner.linked
  try {
    return updateProvisioner(state, provisioner, { ...linked, ...(webhooks.length > 0 && { webhooks }) }, config).state
  } catch (error) {
    throw wrapped(`error ${verb} provisioner webhook`, error)
  }
}

/** In step-ca's order and words. */
function checkWebhook({ name, url, kind }: LinkedWebhook): void {
  if (name === undefined) throw badRequest('webhook name is required')
  const parsed = url === undefined ? null : URL.parse(url)
  // Go takes a text without a scheme for a URL without a host.
  if (parsed === null || parsed.host === '') throw badRequest('webhook url is invalid')
  if (parsed.protocol !== 'https:') throw badRequest('webhook url must use https')
  if (parsed.username !== '' || parsed.password !== '') {
    throw badRequest('webhook url may not contain username or password')
  }
  if (kind === undefined) throw badRequest('webhook kind "NO_KIND" is invalid')
}
