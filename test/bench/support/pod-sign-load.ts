// The load of the sign bench in the cluster, in a process of its own: reads its task as JSON from the first argument and
// makes all requests beforehand, each with a token of its own that the API server issued to one of the pods.
import { createKubeApi } from '../../../src/adapters/kubernetes/client.ts'
import { loadKubeConfigFile } from '../../../src/adapters/kubernetes/kube-config.ts'
import { pods, type Pod } from '../../../src/adapters/kubernetes/pods.ts'
import { enrolmentNames } from '../../../src/client/enrol.ts'
import { encodePem } from '../../../src/core/pem.ts'
import type { Named } from '../../../src/core/resources/index.ts'
import { parseWorkloadRequest, workloadRequestVariable } from '../../../src/core/workload-request.ts'
import { generateKeyPair } from '../../../src/core/x509/private-key.ts'
import { aCsr } from '../../builders/csr.ts'
import { postWhenTold, type LoadTask, type Post } from './timed-posts.ts'

export type PodLoadTask = LoadTask & {
  readonly kubeconfig: string
  /** Whose pods ask, in turn; all were injected. */
  readonly namespace: string
  readonly audience: string
}

const task = JSON.parse(process.argv[2] ?? '{}') as PodLoadTask
const api = createKubeApi({ config: await loadKubeConfigFile(task.kubeconfig), fieldManager: 'signet-bench' })

type Caller = { readonly name: string; readonly uid: string; readonly csr: string }

/** A key for each pod and a CSR for all that was wished for it, as its bootstrap would make them. */
async function callerOf({ metadata: { name, uid = '' }, spec }: Named<Pod>): Promise<Caller> {
  const variables = (spec?.initContainers ?? []).flatMap(({ env = [] }) => env)
  const wish = parseWorkloadRequest(variables.find((one) => one.name === workloadRequestVariable)?.value ?? '')
  const { privateKey } = await generateKeyPair(wish.keyAlgorithm)
  const subject = wish.commonName === undefined ? {} : { commonName: wish.commonName }
  const { der } = aCsr({ subject, names: enrolmentNames(wish, []), privateKey })
  return { name, uid, csr: encodePem('CERTIFICATE REQUEST', der) }
}

async function tokenOf({ name, uid }: Caller): Promise<string> {
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid }
  const spec = { audiences: [task.audience], expirationSeconds: 600, boundObjectRef }
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
  const answer = await api.request('POST', `/api/v1/namespaces/${task.namespace}/serviceaccounts/default/token`, {
    body,
  })
  return (answer as { status: { token: string } }).status.token
}

const { items } = await api.list<Pod>(pods, { namespace: task.namespace })
const callers = await Promise.all(items.map(callerOf))
const posts: Post[] = []
let next = 0

async function maker(): Promise<void> {
  for (let index = next++; index < task.count; index = next++) {
    const caller = callers[index % callers.length]
    if (caller === undefined) throw new Error(`there is no pod in ${task.namespace}`)
    posts[index] = { path: '/1.0/sign', body: JSON.stringify({ csr: caller.csr, ott: await tokenOf(caller) }) }
  }
}

await Promise.all(Array.from({ length: task.connections }, maker))
api.close()
await postWhenTold(task, posts)
