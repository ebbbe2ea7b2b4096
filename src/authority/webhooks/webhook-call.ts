import { createHmac } from 'node:crypto'
import type { Certificate } from '../../core/x509/certificate.ts'
import type { WebhookCall } from '../ports.ts'
import type { Webhook } from './webhook.ts'

/** One call of a hook, ready for the wire: signed over exactly these octets, as step-ca does. */
export function webhookCall(
  webhook: Webhook,
  { url, body, requestId, roots }: Pick<WebhookCall, 'url' | 'body' | 'roots'> & { readonly requestId: string },
): WebhookCall {
  const authorization = authorizationOf(webhook)
  return {
    url,
    body,
    roots,
    headers: {
      'X-Request-Id': requestId,
      'X-Smallstep-Signature': signature(webhook.secret, body),
      'X-Smallstep-Webhook-Id': webhook.id,
      ...(authorization !== undefined && { Authorization: authorization }),
    },
    showCertificate: !webhook.disableTlsClientAuth,
  }
}

/** HMAC-SHA256 in lower-case hex (RFC 2104); `secret` is base64. */
function signature(secret: string, body: string): string {
  return createHmac('sha256', Buffer.from(secret, 'base64')).update(body).digest('hex')
}

function authorizationOf({ bearerToken = '', basicAuth }: Webhook): string | undefined {
  if (bearerToken !== '') return `Bearer ${bearerToken}`
  const { username = '', password = '' } = basicAuth ?? {}
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Whom a hook's own certificate may be from, beside the system's roots: as in step-ca ours, which need not send all. */
export function webhookRoots(config: {
  readonly roots: readonly Certificate[]
  readonly issuer: { readonly chain: readonly Certificate[] }
}): readonly Certificate[] {
  return [...config.roots, ...config.issuer.chain]
}
