import { createKubeApi, type KubeApi } from '../../../src/adapters/kubernetes/client.ts'
import { loadKubeConfigFile } from '../../../src/adapters/kubernetes/kube-config.ts'
import { ensureCluster } from '../../cluster/harness/engine.ts'
import { provideImages } from '../../cluster/harness/images.ts'
import { installSignet } from '../../cluster/harness/install.ts'
import { createKubectl, type Kubectl } from '../../cluster/harness/kubectl.ts'
import { ensureTool } from '../../cluster/harness/tools.ts'

/** What benches in the cluster work with: Signet of this tree is installed. */
export type Installed = {
  readonly cluster: Awaited<ReturnType<typeof ensureCluster>>
  readonly images: Awaited<ReturnType<typeof provideImages>>
  readonly kubectl: Kubectl
  /** A client of the API server with connections of its own; to be closed. */
  readonly openApi: () => Promise<KubeApi>
}

/** Provides the cluster and the images and installs the chart. */
export async function installed(): Promise<Installed> {
  const cluster = await ensureCluster()
  const images = await provideImages(cluster)
  await installSignet(cluster, images.signet.name)
  const kubectl = createKubectl(await ensureTool('kubectl'), cluster.kubeconfig)
  const openApi = async (): Promise<KubeApi> =>
    createKubeApi({ config: await loadKubeConfigFile(cluster.kubeconfig), fieldManager: 'signet-bench' })
  return { cluster, images, kubectl, openApi }
}
