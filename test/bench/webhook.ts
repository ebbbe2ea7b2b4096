import type { KubeApi } from '../../src/adapters/kubernetes/client.ts'
import { aPod, annotated, aReview, withContainer, withSpec, type PodManifest } from '../builders/pod.ts'
import { containerIdOf, hostProcessOf } from '../cluster/harness/faults.ts'
import { release } from '../cluster/harness/install.ts'
import type { Kubectl } from '../cluster/harness/kubectl.ts'
import { authorityAccess } from '../cluster/support/authority.ts'
import type { Bench, Figure } from './bench.ts'
import { issueAll } from './certificates.ts'
import { percentile } from './support/percentile.ts'
import { residentMiB } from './support/process-figures.ts'
import { sendReviews, type ReviewLoad, type ReviewResult } from './support/review-load.ts'
import { installed } from './support/installed.ts'

/** Half of the reviews while nothing else happens, half beside the load of the Certificate bench, round after round. */
const half = 1500
const perSecond = 50
/** Sent before: a webhook runs for months, and what V8 compiles it has compiled in the first minute. */
const warmUp = 1000
const limitMs = 15

/** What a client over TLS sees of the real webhook in the cluster. */
export const bench: Bench = {
  title: `${2 * half} reviews of 10 pod shapes at ${perSecond}/s over TLS after ${warmUp}, half of them beside the load of the Certificate bench`,
  async run() {
    const { kubectl, openApi } = await installed()
    const api = await openApi()
    try {
      await using namespace = await kubectl.createNamespace('bench-reviews', { 'signet.dev/inject': 'enabled' })
      const { address, pid } = await findWebhook(kubectl)
      const { roots } = await authorityAccess(kubectl)
      const bodies = shapes(namespace.name).map((pod) => JSON.stringify(aReview(pod, { namespace: namespace.name })))
      const host = `signet-webhook.${release.namespace}.svc`
      const load: ReviewLoad = { address, host, roots, bodies, count: half, perSecond }
      await sendReviews({ ...load, count: warmUp })
      const quiet = await sendReviews(load)
      const busy = await besideCertificates(kubectl, api, () => sendReviews(load))
      return figures(quiet, busy, residentMiB(pid))
    } finally {
      api.close()
    }
  },
}

function figures(quiet: ReviewResult, busy: ReviewResult, resident: number): Figure[] {
  const all = [...quiet.latencies, ...busy.latencies]
  const wrong = quiet.wrong + busy.wrong
  const p99 = percentile(all, 0.99)
  return [
    { figure: 'p99', unit: 'ms', ours: p99, peer: undefined, target: { text: `≤ ${limitMs}`, met: p99 <= limitMs } },
    { figure: 'p99, nothing else', unit: 'ms', ours: percentile(quiet.latencies, 0.99), peer: undefined },
    { figure: 'p99, under load', unit: 'ms', ours: percentile(busy.latencies, 0.99), peer: undefined },
    { figure: 'median', unit: 'ms', ours: percentile(all, 0.5), peer: undefined },
    {
      figure: 'not answered with 200',
      unit: '',
      ours: wrong,
      peer: undefined,
      target: { text: '0', met: wrong === 0 },
    },
    {
      figure: 'resident after',
      unit: 'MiB',
      ours: resident,
      peer: undefined,
      target: { text: '≤ 90', met: resident <= 90 },
    },
  ]
}

/** The pods that are reviewed: all kinds of injection, one that is left alone and one that is refused. */
function shapes(namespace: string): PodManifest[] {
  const named = annotated({ 'signet.dev/name': `web.${namespace}.svc` })
  const fixed = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }
  const many = Array.from({ length: 20 }, (_, index) => ({
    name: `container-${index}`,
    image: 'example/app:1',
    env: Array.from({ length: 50 }, (_, number) => ({ name: `VARIABLE_${number}`, value: 'x'.repeat(60) })),
  }))
  return [
    aPod(annotated({ 'example.com/other': 'x' })),
    aPod(named),
    aPod(named, annotated({ 'signet.dev/sans': '${POD_IP}, ${SERVICE_ACCOUNT_NAME}.${POD_NAMESPACE}.svc' })),
    aPod(annotated({ 'autocert.step.sm/name': `web.${namespace}.svc`, 'autocert.step.sm/owner': '1000:1000' })),
    aPod(named, withSpec({ securityContext: { runAsUser: 1000, fsGroup: 2000 } })),
    aPod(named, withSpec({ initContainers: [{ name: 'init', image: 'example/init:1' }] })),
    aPod(named, withSpec({ hostNetwork: true })),
    aPod(named, withContainer({ resources: fixed })),
    aPod(named, withSpec({ containers: many })),
    aPod(annotated({ 'signet.dev/name': 'bank.example' })),
  ]
}

/** Does the work while Certificates are issued, 300 in each of several namespaces, until it is done. */
async function besideCertificates<T>(kubectl: Kubectl, api: KubeApi, work: () => Promise<T>): Promise<T> {
  const done = new AbortController()
  const loading = issueUntil(kubectl, api, done.signal)
  try {
    return await work()
  } finally {
    done.abort()
    await loading
  }
}

async function issueUntil(kubectl: Kubectl, api: KubeApi, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    await using namespace = await kubectl.createNamespace(`bench-load-${round}`)
    await issueAll(api, namespace.name)
  }
}

type Pod = {
  metadata: { deletionTimestamp?: string }
  status: { podIP: string; containerStatuses: { containerID: string }[] }
}

/** One of the webhook's pods: the API server keeps its connections to one, too. */
async function findWebhook(kubectl: Kubectl): Promise<{ address: string; pid: number }> {
  const selector = 'app.kubernetes.io/name=signet,app.kubernetes.io/component=webhook'
  const { items } = await kubectl.get<{ items: Pod[] }>('pods', '-n', release.namespace, '-l', selector)
  // One that is being replaced by this tree's is about to go.
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (pod === undefined) throw new Error('there is no pod of the webhook')
  const id = containerIdOf(pod.status.containerStatuses[0]?.containerID ?? '')
  return { address: pod.status.podIP, pid: await hostProcessOf(id) }
}
