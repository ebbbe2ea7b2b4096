import { policyRule, type PolicyRule } from './rules.ts'

/** ServiceAccount and Service of the webhook, as the chart names them. */
const webhook = 'signet-webhook'

/**
 * What Signet's own webhook may always have: the name of its Service. A CertificatePolicy for all namespaces switches the default
 * rule off for it too, and without its certificate no pod that asks for one could be created. `namespace` is Signet's own.
 */
export function webhookRule(namespace: string): PolicyRule {
  const rule = policyRule(webhook, {
    mode: 'Enforce',
    // The API server sets this label, and nobody else can.
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    serviceAccounts: [webhook],
    allow: {
      commonNames: [],
      dnsNames: [`${webhook}.${namespace}.svc`],
      ipAddresses: [],
      uris: [],
      emailAddresses: [],
      wildcards: false,
      isCA: false,
    },
  })
  return { ...rule, id: 'webhook' }
}
