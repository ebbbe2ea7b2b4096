import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Need } from '../../cluster/harness/packages.ts'
import { run } from '../../cluster/harness/run.ts'
import { spawnServer } from '../../harness/server-process.ts'

const programs = '/usr/lib/postgresql/*/bin'

export const postgresNeeds: readonly Need[] = [
  { what: `${programs}/initdb`, package: 'postgresql' },
  { what: 'psql', package: 'postgresql-client' },
  { what: 'setpriv', package: 'util-linux' },
]

/** Who owns a new database, and may do everything in it with this password. */
export const databaseOwner = { user: 'owner', password: 'of the database' }

export type Postgres = {
  /** Path of the one socket that it listens on. */
  readonly socket: string
  readonly stop: () => Promise<void>
}

/** Starts a new and empty PostgreSQL that listens on no port. It refuses to run as root, who lends it Debian's account. */
export async function startPostgres(): Promise<Postgres> {
  const directory = globSync(programs).toSorted().at(-1) ?? ''
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const [data, password] = [join(folder, 'data'), join(folder, 'password')]
  writeFileSync(password, databaseOwner.password)
  const isRoot = process.getuid?.() === 0
  if (isRoot) await run('chown', ['-R', 'postgres:postgres', folder])
  const account = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const commandLine = (name: string, ...args: readonly string[]): [string, ...string[]] => {
    const [file = '', ...rest] = [...account, join(directory, name), ...args]
    return [file, ...rest]
  }
  const [file, ...args] = commandLine('initdb', '--pgdata', data, '--no-sync', '--auth=scram-sha-256')
  await run(file, [...args, `--username=${databaseOwner.user}`, `--pwfile=${password}`], { cwd: folder })
  const settings = { listen_addresses: '', unix_socket_directories: folder, fsync: 'off' }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawnServer(commandLine('postgres', '-D', data, ...flags), { logFile: join(folder, 'log') })
  await server.untilSaid(/database system is ready to accept connections/)
  return {
    socket: join(folder, '.s.PGSQL.5432'),
    async stop() {
      // SIGINT ends sessions that are still open; SIGTERM would wait for them.
      server.signal('SIGINT')
      await server.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
