import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from './engine.ts'
import { withLock } from './lock.ts'
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
  const helm = await ensureTool('helm')
  await withLock('install', async () => {
    await forgetKilledInstall(cluster)
    await run(helm, ['upgrade', '--install', release.name, chart, ...target, ...patience, ...set])
  })
}

/**
 * A helm that is killed leaves a revision that says "in progress" for ever, and every later helm refuses to work. Under
 * the lock no other of ours is at work: such a revision is a leftover.
 */
async function forgetKilledInstall(cluster: Cluster): Promise<void> {
  const selector = `owner=helm,name=${release.name},status in (pending-install,pending-upgrade,pending-rollback)`
  const target = ['--kubeconfig', cluster.kubeconfig, '--namespace', release.namespace]
  await run(await ensureTool('kubectl'), ['delete', 'secret', ...target, '--selector', selector, '--ignore-not-found'])
}
