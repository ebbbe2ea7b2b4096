// The cluster for tests and quickstart. usage: cluster.ts up|down|status
import { clusterStatus, ensureCluster, removeCluster } from './harness/engine.ts'
import { ensureTool } from './harness/tools.ts'

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    const cluster = await ensureCluster()
    console.log(`The cluster is up (${cluster.engine}).\n\n  export KUBECONFIG=${cluster.kubeconfig}`)
    console.log(`  ${await ensureTool('kubectl')} get pods --all-namespaces\n`)
  },
  down: async () => {
    await removeCluster()
    console.log('The cluster is gone.')
  },
  status: async () => {
    const { state, detail, engine, kubeconfig } = await clusterStatus()
    console.log(`kubeconfig: ${kubeconfig}\nengine:     ${engine}\nstate:      ${state} (${detail})`)
    if (state !== 'ready') process.exitCode = 1
  },
}

const command = commands[process.argv[2] ?? '']
if (command === undefined) {
  console.error(`usage: cluster.ts ${Object.keys(commands).join('|')}`)
  process.exit(2)
}
try {
  await command()
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
