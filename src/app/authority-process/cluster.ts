import { createKubeApi } from '../../adapters/kubernetes/client.ts'
import { watchSecretText } from '../../adapters/kubernetes/config-secret.ts'
import { createEventRecorder } from '../../adapters/kubernetes/event-recorder.ts'
import { loadKubeConfig } from '../../adapters/kubernetes/kube-config.ts'
import { createKubernetesReader } from '../../adapters/kubernetes/kubernetes-reader.ts'
import { createProvisionerObjects } from '../../adapters/kubernetes/provisioner-objects.ts'
import { watchPolicies } from '../../adapters/kubernetes/policy-source.ts'
import type { ObjectReference } from '../../authority/ports.ts'
import type { Log } from '../../core/log.ts'
import { webhookRule } from '../../core/policy/webhook-rule.ts'
import { signetApiVersion } from '../../core/resources/kinds.ts'
import { systemClock } from '../system.ts'
import type { ConfigSource } from './config-source.ts'
import type { ClusterPorts } from './runtime.ts'

export type ClusterOptions = {
  /** Of the Authority object; its configuration is `ca.json` of the Secret `<name>-config`. */
  readonly authority: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
}

const configKey = 'ca.json'
const fieldManager = 'signet-authority'

/** Connects an authority to the cluster that it runs in: its configuration and everything that it asks about requests. */
export async function connectCluster(
  options: ClusterOptions,
): Promise<{ readonly source: ConfigSource; readonly cluster: ClusterPorts }> {
  const { authority, environment, log } = options
  const config = await loadKubeConfig(environment)
  const api = createKubeApi({ config, fieldManager })
  const recorder = createEventRecorder({
    api,
    log,
    controller: 'signet.dev/authority',
    instance: environment['POD_NAME'] ?? authority,
    clock: systemClock,
  })
  const namespace = environment['POD_NAMESPACE'] ?? config.namespace
  const policy = watchPolicies(api, log, [webhookRule(namespace)])
  const source = secretConfigSource(namespace, `${authority}-config`, (watch) =>
    watchSecretText({ api, log, key: configKey, ...watch }),
  )
  return {
    source,
    cluster: {
      reader: createKubernetesReader(api),
      policy,
      provisionerObjects:
        environment['SIGNET_ADMIN_API'] === 'on' ? createProvisionerObjects(api, fieldManager, authority) : undefined,
      tell: ({ regarding, type, reason, message }) =>
        recorder.record({ regarding: referenceOf(regarding), type, reason, action: 'Issue', note: message }),
      close() {
        policy.stop()
        api.close()
      },
    },
  }
}

type SecretWatch = { readonly namespace: string; readonly name: string; readonly onText: (text: string) => void }

/** ca.json in a Secret that is watched: the text of the last change. */
function secretConfigSource(
  namespace: string,
  name: string,
  watch: (options: SecretWatch) => { stop(): void },
): ConfigSource {
  const first = Promise.withResolvers<void>()
  const listeners: (() => void)[] = []
  let text: string | undefined
  const watching = watch({
    namespace,
    name,
    onText(next) {
      const isFirst = text === undefined
      text = next
      if (isFirst) first.resolve()
      else for (const listener of listeners) listener()
    },
  })
  return {
    async load() {
      await first.promise
      return text ?? ''
    },
    onChange: (listener) => void listeners.push(listener),
    close: () => watching.stop(),
  }
}

const apiVersions: Readonly<Record<ObjectReference['kind'], string>> = {
  Pod: 'v1',
  ServiceAccount: 'v1',
  Certificate: signetApiVersion,
}

function referenceOf({ kind, namespace, name, uid }: ObjectReference) {
  return { apiVersion: apiVersions[kind], kind, metadata: { namespace, name, ...(uid === undefined ? {} : { uid }) } }
}
