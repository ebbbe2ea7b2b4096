import type { Log } from '../../core/log.ts'
import type { KubernetesObject } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import type { KubeApi } from './client.ts'
import { startInformer, type Informer } from './informer.ts'

type Secret = KubernetesObject & { readonly data?: Readonly<Record<string, string>> }

const secrets: ResourceKind<Secret> = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }

export type SecretTextOptions = {
  readonly api: Pick<KubeApi, 'list' | 'watch'>
  readonly log: Log
  readonly namespace: string
  readonly name: string
  /** Key of the Secret whose text is wanted, such as `ca.json`. */
  readonly key: string
  /** Called with the text once it is there and whenever it has changed, within about a second. */
  readonly onText: (text: string) => void
}

/**
 * Watches one Secret by name through the API, which takes milliseconds where a mounted Secret takes up to 90 s. The right
 * to get, list and watch that one name is enough. A Secret that is deleted or lacks the key changes nothing.
 */
export function watchSecretText(options: SecretTextOptions): Pick<Informer<Secret>, 'stop'> {
  const { api, log, namespace, name, key, onText } = options
  const informer = startInformer<Secret>({
    api,
    log,
    kind: secrets,
    namespaces: [namespace],
    fieldSelector: `metadata.name=${name}`,
  })
  let last: string | undefined
  informer.onChange(({ current }) => {
    const encoded = current?.data?.[key]
    if (encoded === undefined || encoded === last) return
    last = encoded
    onText(Buffer.from(encoded, 'base64').toString('utf8'))
  })
  return informer
}
