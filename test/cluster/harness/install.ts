import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from './engine.ts'
import { run } from './run.ts'
import { projectDirectory } from './settings.ts'
import { ensureTool } from './tools.ts'

/** Namespace and release name of the product in the cluster. */
export const release = { name: 'signet', namespace: 'signet-system' } as const

const chart = join(projectDirectory, 'charts', 'signet')

/** Installs or upgrades the chart with the given image and values (`--set` items); returns when all of it is ready. */
export async function installSignet(cluster: Cluster, image: string, values: readonly string[] = []): Promise<void> {
  await access(join(chart, 'Chart.yaml')).catch((cause: unknown) => {
    throw new Error(`there is no chart in ${chart}: nothing to install`, { cause })
  })
  const colon = image.lastIndexOf(':')
  // A tag of digits only would become a number, which the chart refuses.
  const text = [`image.repository=${image.slice(0, colon)}`, `image.tag=${image.slice(colon + 1)}`]
  const target = ['--kubeconfig', cluster.kubeconfig, '--namespace', release.namespace, '--create-namespace']
  const patience = ['--wait', '--timeout', '3m']
  const set = [...text.flatMap((item) => ['--set-string', item]), ...values.flatMap((item) => ['--set', item])]
  await run(await ensureTool('helm'), ['upgrade', '--install', release.name, chart, ...target, ...patience, ...set])
}
