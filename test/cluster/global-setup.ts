// Before the first test file of the projects `cluster` and `long`: a cluster, the images of this tree, the chart.
import type { TestProject } from 'vitest/node'
import { ensureCluster } from './harness/engine.ts'
import type { EngineName } from './harness/engine.ts'
import { provideImages } from './harness/images.ts'
import { installSignet, release } from './harness/install.ts'
import { createKubectl } from './harness/kubectl.ts'
import { step } from './harness/progress.ts'
import { ensureTool } from './harness/tools.ts'

/** What a test file gets by `inject('cluster')`. */
export type TestCluster = {
  engine: EngineName
  kubeconfig: string
  kubectl: string
  helm: string
  images: { signet: string; app: string; appUser1000: string }
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster
  }
}

/** Leaves the cluster running: the next run starts at once, and a failed test can be looked into. */
export async function setup(project: TestProject): Promise<void> {
  const cluster = await ensureCluster()
  const kubectlPath = await ensureTool('kubectl')
  const helm = await ensureTool('helm')
  const { signet, app, appUser1000 } = await provideImages(cluster)
  const kubectl = createKubectl(kubectlPath, cluster.kubeconfig)
  try {
    await step('install the chart', () => installSignet(cluster, signet.name))
  } catch (cause) {
    throw new Error(`the chart cannot be installed:${await kubectl.describe(release.namespace)}`, { cause })
  }
  const images = { signet: signet.name, app: app.name, appUser1000: appUser1000.name }
  project.provide('cluster', { ...cluster, kubectl: kubectlPath, helm, images })
}
