import { createCaClient, type CaClient } from '../client/ca-client.ts'
import type { AuthorityClients } from './ports.ts'

/** An authority answers in milliseconds. A kept connection to a pod that is gone says nothing: the next try opens another. */
const timeoutMs = 5_000

/** One client for each endpoint and set of roots; a client whose roots are no longer the active ones is closed. */
export function createAuthorityClients(): AuthorityClients & { close(): void } {
  const clients = new Map<string, { readonly rootsPem: string; readonly client: CaClient }>()
  const clientOf = ({ url, rootsPem }: Parameters<AuthorityClients>[0]): CaClient => {
    const known = clients.get(url)
    if (known?.rootsPem === rootsPem) return known.client
    known?.client.close()
    const client = createCaClient({ url, roots: rootsPem, timeoutMs })
    clients.set(url, { rootsPem, client })
    return client
  }
  return Object.assign(clientOf, {
    close() {
      for (const { client } of clients.values()) client.close()
      clients.clear()
    },
  })
}
