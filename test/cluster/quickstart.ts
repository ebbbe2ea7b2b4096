// The main job, end to end: a cluster, the chart, a Certificate, two annotated pods that speak mutual TLS, a renewal.
// usage: npm run quickstart
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureCluster, loadImage } from './harness/engine.ts'
import { buildSignetImage } from './harness/images.ts'
import { installSignet } from './harness/install.ts'
import { step } from './harness/progress.ts'
import { run } from './harness/run.ts'
import { ensureTool } from './harness/tools.ts'
import { until } from './harness/wait.ts'

const folder = join(import.meta.dirname, 'quickstart')
const namespace = 'quickstart'

/** One line of the client's log: the server's certificate has changed. */
type Seen = { server: string; serial: string; caller: string; calls: number; failures: number }

type ProvisionerObject = {
  metadata: { generation: number }
  status: { conditions: { type: string; status: string; observedGeneration: number }[] }
}

const started = performance.now()
const cluster = await ensureCluster()
const kubectlPath = await ensureTool('kubectl')
const env = { KUBECONFIG: cluster.kubeconfig }
const kubectl = (args: readonly string[], input?: string): Promise<string> =>
  run(kubectlPath, args, { env, ...(input === undefined ? {} : { input }) })

const image = await buildSignetImage()
await loadImage(cluster, image.name, image.archive)
await step('install the chart', () => installSignet(cluster, image.name))
await step('allow certificates of one minute, so that a renewal can be seen', allowShortLives)
const certificate = await step('a Certificate becomes a Secret', issueCertificate)
await step('start an annotated server and an annotated client', startPods)
const [first, second] = await step('mutual TLS, and a renewal in the running server', watchRenewal)
const renewals = await step('the metric that counted it', renewalMetric)
console.log(summary())

async function allowShortLives(): Promise<void> {
  const claims = JSON.stringify({ spec: { claims: { minTLSCertDuration: '1m' } } })
  await kubectl(['patch', 'provisioners.signet.dev', 'kubernetes', '--type=merge', '-p', claims])
  await until('every replica of the authority to have loaded it', 30_000, async () => {
    const { metadata, status } = JSON.parse(
      await kubectl(['get', 'provisioners.signet.dev', 'kubernetes', '-o', 'json']),
    ) as ProvisionerObject
    const ready = status.conditions.find(({ type }) => type === 'Ready')
    return ready?.status === 'True' && ready.observedGeneration === metadata.generation ? true : undefined
  })
}

/** Applies the Certificate, waits until it is Ready and verifies what is in the Secret with openssl. */
async function issueCertificate(): Promise<string> {
  await kubectl(
    ['apply', '--server-side', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'signet.dev/inject': 'enabled' } },
    }),
  )
  await kubectl(['apply', '--server-side', '-f', join(folder, 'certificate.yaml')])
  await kubectl(['wait', '-n', namespace, '--for=condition=Ready', 'certificates.signet.dev/web', '--timeout=60s'])
  const secret = JSON.parse(await kubectl(['get', 'secret', '-n', namespace, 'web-tls', '-o', 'json'])) as {
    data: Record<string, string>
  }
  const directory = await mkdtemp(join(tmpdir(), 'signet-quickstart-'))
  try {
    const decoded = (key: string): Buffer => Buffer.from(secret.data[key] ?? '', 'base64')
    for (const key of ['tls.crt', 'ca.crt']) await writeFile(join(directory, key), decoded(key))
    const [leaf, roots] = [join(directory, 'tls.crt'), join(directory, 'ca.crt')]
    await run('openssl', [
      'verify',
      '-CAfile',
      roots,
      '-untrusted',
      leaf,
      '-verify_hostname',
      'web.quickstart.svc',
      leaf,
    ])
    return await run('openssl', ['x509', '-in', leaf, '-noout', '-subject', '-enddate', '-ext', 'subjectAltName'])
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function startPods(): Promise<void> {
  const code = ['server.mjs', 'client.mjs'].map((file) => `--from-file=${join(folder, file)}`)
  const map = await kubectl(['create', 'configmap', 'code', '-n', namespace, ...code, '--dry-run=client', '-o', 'yaml'])
  await kubectl(['apply', '--server-side', '-f', '-'], map)
  // Pods of an earlier run have an older image or certificate; a pod's spec cannot be changed in place.
  await kubectl(['delete', 'pod', '-n', namespace, 'server', 'client', '--ignore-not-found', '--wait'])
  const manifest = await readFile(join(folder, 'mutual-tls.yaml'), 'utf8')
  await kubectl(['apply', '--server-side', '-f', '-'], manifest.replaceAll('IMAGE', image.name))
  await kubectl(['wait', '-n', namespace, '--for=condition=Ready', 'pod/server', 'pod/client', '--timeout=90s'])
}

/** The server's certificates as the client saw them one after the other, once there are two and no call has failed since the first. */
async function watchRenewal(): Promise<[Seen, Seen]> {
  const pair = await until('the server to show a second certificate', 120_000, async () => {
    const log = await kubectl(['logs', '-n', namespace, 'client', '-c', 'client'])
    const lines = log.split('\n').filter((line) => line.startsWith('{'))
    const [one, two] = lines.map((line) => JSON.parse(line) as Seen).filter((line) => 'serial' in line)
    return one !== undefined && two !== undefined ? ([one, two] satisfies [Seen, Seen]) : undefined
  })
  if (pair[1].failures > pair[0].failures) throw new Error(`${pair[1].failures} calls failed during the renewal`)
  const restarts = await kubectl([
    'get',
    'pod',
    '-n',
    namespace,
    'server',
    '--output=jsonpath={.status.containerStatuses[*].restartCount}',
  ])
  if (restarts.trim() !== '0') throw new Error(`the server was restarted ${restarts} times`)
  return pair
}

async function renewalMetric(): Promise<string> {
  const path = '/api/v1/namespaces/signet-system/pods/http:signet-0:9090/proxy/metrics'
  return until('the authority to count the renewal', 20_000, async () =>
    (await kubectl(['get', '--raw', path]))
      .split('\n')
      .find((line) => line.startsWith('signet_certificates_issued_total{operation="renew"') && !line.endsWith(' 0')),
  )
}

function summary(): string {
  return `
Done in ${Math.round((performance.now() - started) / 1000)} s (image: ${Math.round(image.bytes / 2 ** 20)} MiB). What happened:
  1. A Certificate became the Secret quickstart/web-tls; openssl verified it:
${indent(certificate)}
  2. The annotated pods "server" and "client" got key and certificate as files and spoke mutual TLS:
       server ${first.server}
       client ${first.caller}
  3. The running server took a new certificate without a restart, and no call failed:
       serial ${first.serial} -> ${second.serial} after ${second.calls} calls
  4. The authority counted it:
       ${renewals}

Look further:
  export KUBECONFIG=${cluster.kubeconfig}
  alias kubectl=${kubectlPath}
  kubectl get authorities,provisioners
  kubectl get certificates.signet.dev -n quickstart -o wide
  kubectl describe pod -n quickstart server
  kubectl logs -n quickstart client -c client
  kubectl logs -n signet-system signet-0

The cluster keeps running. Remove it with: npm run cluster:down`
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `       ${line.trim()}`)
    .join('\n')
}
