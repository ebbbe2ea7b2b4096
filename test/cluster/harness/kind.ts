import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isInstalled, run, tryRun } from './run.ts'
import { kubeconfigPath, stateDirectory } from './settings.ts'
import { ensureTool } from './tools.ts'

const clusterName = 'signet'

/** The node image of Kubernetes 1.35 that kind v0.31.0 was released with. */
const nodeImage = 'kindest/node:v1.35.0@sha256:452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f'

const configuration = {
  apiVersion: 'kind.x-k8s.io/v1alpha4',
  kind: 'Cluster',
  featureGates: { ClusterTrustBundle: true, ClusterTrustBundleProjection: true, PodCertificateRequest: true },
  runtimeConfig: { 'certificates.k8s.io/v1beta1': 'true' },
}

/** Says whether a Docker engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  if (!(await isInstalled('docker'))) return false
  return (await tryRun('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 })).status === 0
}

async function kind(): Promise<string> {
  return (await isInstalled('kind')) ? 'kind' : ensureTool('kind')
}

/** Says whether our kind cluster is there; needs a Docker engine that answers. */
export async function kindClusterExists(): Promise<boolean> {
  const label = `label=io.x-k8s.kind.cluster=${clusterName}`
  return (await run('docker', ['ps', '--all', '--quiet', '--filter', label])).trim() !== ''
}

/** Starts a kind cluster; returns when its node is ready. */
export async function createKindCluster(): Promise<void> {
  const file = join(stateDirectory, 'kind.json')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(configuration))
  const cluster = ['--name', clusterName, '--kubeconfig', kubeconfigPath, '--image', nodeImage]
  await run(await kind(), ['create', 'cluster', ...cluster, '--config', file, '--wait', '120s'])
}

/** Removes the kind cluster, wherever it stands. */
export async function deleteKindCluster(): Promise<void> {
  await run(await kind(), ['delete', 'cluster', '--name', clusterName, '--kubeconfig', kubeconfigPath])
}

/** Loads an OCI image archive into the kind cluster's node. */
export async function loadIntoKind(archive: string): Promise<void> {
  await run(await kind(), ['load', 'image-archive', archive, '--name', clusterName])
}
