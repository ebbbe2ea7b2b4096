/** What hooks there are (linkedca of step). Only the first two are called: the others belong to SCEP. */
export const webhookKinds = ['ENRICHING', 'AUTHORIZING', 'SCEPCHALLENGE', 'NOTIFYING'] as const
export type WebhookKind = (typeof webhookKinds)[number]

/** Which certificates a hook has a say in. The empty text means all, too: step lists it as it is written. */
export const webhookCertTypes = ['ALL', 'X509', 'SSH', ''] as const
export type WebhookCertType = (typeof webhookCertTypes)[number]

/** A server that has a say in what one provisioner issues, with the fields that step's admin API knows. */
export type Webhook = {
  /** Sent with every call. May be empty. */
  readonly id: string
  /** What its data is called in templates: `.Webhooks.<name>`. */
  readonly name: string
  /** As `checkWebhookUrl` requires it. */
  readonly url: string
  readonly kind: WebhookKind
  /** Base64 of the key that signs what it is sent; a secret. Empty: an empty key, as step-ca has it for hooks of ca.json. */
  readonly secret: string
  /** A secret. */
  readonly bearerToken?: string
  /** Not heeded beside `bearerToken`. The password is a secret. */
  readonly basicAuth?: { readonly username: string; readonly password: string }
  /** True: it is not shown the authority's certificate. */
  readonly disableTlsClientAuth: boolean
  readonly certType: WebhookCertType
}

/** Is this hook asked about X.509 certificates? */
export function isAskedAboutX509({ certType }: Webhook): boolean {
  return certType !== 'SSH'
}

/** Why a hook is never called, going on from its path in ca.json; undefined: it is. */
export function uncalledReason(webhook: Webhook): string | undefined {
  const { kind } = webhook
  if (kind === 'SCEPCHALLENGE' || kind === 'NOTIFYING') return `of kind ${kind} is not called: SCEP is not served`
  return isAskedAboutX509(webhook) ? undefined : 'is not called: SSH certificates are not served'
}
