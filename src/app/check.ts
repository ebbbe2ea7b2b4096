/**
 * `signet check`: is the installation able to do its work? Asks what a client asks: the Authority's API over TLS with the
 * roots that its status shows, and the webhook with a review as the API server sends it. `helm test` runs it.
 */
import { parseArgs } from 'node:util'
import { createKubeApi } from '../adapters/kubernetes/client.ts'
import { loadKubeConfig } from '../adapters/kubernetes/kube-config.ts'
import { createCaClient } from '../client/ca-client.ts'
import { createTransport } from '../client/http-exchange.ts'
import { SignetError } from '../core/errors.ts'
import type { Authority } from '../core/resources/authority.ts'
import { authorities } from '../core/resources/kinds.ts'

/** Process `check`: says what answers, line by line; throws what does not. */
export async function runCheck(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { authority: { type: 'string', default: 'signet' } } })
  const config = await loadKubeConfig(process.env)
  const api = createKubeApi({ config, fieldManager: 'signet-check' })
  try {
    const { endpoint, roots } = trustOf(values.authority, await api.get(authorities, { name: values.authority }))
    await checkAuthority(endpoint, roots)
    process.stdout.write(`authority ${values.authority} answers at ${endpoint}\n`)
    const webhook = `https://signet-webhook.${config.namespace}.svc`
    await checkWebhook(webhook, roots)
    process.stdout.write(`webhook answers at ${webhook}\n`)
  } finally {
    api.close()
  }
  return 0
}

/** Endpoint and roots (PEM) of an Authority that is Ready; fails with `unavailable` and its condition if it is not. */
export function trustOf(name: string, authority: Authority | undefined): { endpoint: string; roots: string } {
  if (authority === undefined) throw new SignetError('not-found', `there is no Authority ${name}`)
  const { conditions = [], endpoint, roots = [] } = authority.status ?? {}
  const ready = conditions.find(({ type }) => type === 'Ready')
  if (ready?.status !== 'True' || endpoint === undefined) {
    throw new SignetError(
      'unavailable',
      `the Authority ${name} is not ready: ${ready?.message ?? 'it has no status yet'}`,
    )
  }
  return { endpoint, roots: roots.map(({ certificate }) => certificate).join('\n') }
}

async function checkAuthority(url: string, roots: string): Promise<void> {
  const client = createCaClient({ url, roots })
  try {
    await client.health()
  } finally {
    client.close()
  }
}

/** A review of a pod that asks for nothing, so that the answer is to let it pass as it is. */
const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '00000000-0000-4000-8000-000000000000',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    name: 'check',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'signet-check' },
    dryRun: true,
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'check', namespace: 'default' },
      spec: { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app' }] },
    },
  },
}

async function checkWebhook(url: string, roots: string): Promise<void> {
  const transport = createTransport({ url, roots, keepAlive: false })
  try {
    const { text } = await transport.exchange({ method: 'POST', path: '/mutate-pods', body: review })
    const { response } = JSON.parse(text) as { response?: { uid?: string; allowed?: boolean } }
    if (response?.uid !== review.request.uid || response.allowed !== true) {
      throw new SignetError(
        'unavailable',
        `the webhook did not let a pod without annotations pass: ${text.slice(0, 200)}`,
      )
    }
  } finally {
    transport.close()
  }
}
