import { coreDnsObjects } from './coredns.ts'
import { storageClass } from './local-volumes.ts'
import { run } from './run.ts'
import { clusterMark, kubeconfigPath } from './settings.ts'

/** Gives a cluster that has just booted its default StorageClass and its DNS; returns when names are served. */
export async function applyAddons(kubectl: string, coreDnsImage: string): Promise<void> {
  const items = [storageClass, ...coreDnsObjects(coreDnsImage)]
  const call = (args: readonly string[], input = ''): Promise<string> =>
    run(kubectl, ['--kubeconfig', kubeconfigPath, ...args], { input, env: clusterMark })
  await call(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await call(['-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s'])
}
