import { dirname, join } from 'node:path'
import { ensurePackages } from '../../cluster/harness/packages.ts'
import { freePort } from '../../harness/free-port.ts'
import { spawnServer, type ServerProcess } from '../../harness/server-process.ts'
import { buildGoProgram } from './go-program.ts'

/**
 * Builds it where it is not cached, by a go.mod of ours, which pins with every hash what `go install` would look up; with the
 * parts in C, for this version does not compile without.
 */
export async function ensureGhostunnel(): Promise<string> {
  await ensurePackages([
    { what: 'gcc', package: 'gcc' },
    { what: '/usr/include/stdio.h', package: 'libc6-dev' },
  ])
  const folder = join(import.meta.dirname, '..', 'ghostunnel')
  return buildGoProgram(folder, { goPackage: 'github.com/ghostunnel/ghostunnel', cgo: true })
}

/** One end of a tunnel: ghostunnel, which takes connections on a port of the loopback. */
export type TunnelEnd = {
  readonly port: number
  readonly process: ServerProcess
  /** Has it read its certificate again, and waits until it has. */
  readonly reload: () => Promise<void>
}

/** Starts one with these flags besides where it listens; its log lies beside the root that it trusts. */
export async function startTunnelEnd(
  mode: 'server' | 'client',
  flags: Readonly<Record<string, string>>,
): Promise<TunnelEnd> {
  const port = await freePort()
  const all = { listen: `127.0.0.1:${port}`, 'shutdown-timeout': '1s', ...flags }
  const args = Object.entries(all).map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`))
  const logFile = join(dirname(flags['cacert'] ?? ''), `tunnel-${mode}-${port}.log`)
  const server = spawnServer([await ensureGhostunnel(), mode, ...args], { logFile })
  await server.untilSaid(/listening for connections on/)
  return {
    port,
    process: server,
    async reload() {
      const before = count(server)
      server.signal('SIGHUP')
      await server.untilSaid(new RegExp(`(?:${reloaded}[^]*){${before + 1}}`))
    },
  }
}

const reloaded = 'reloading configuration complete'
const count = (server: ServerProcess): number => server.said().split(reloaded).length - 1
