import { spawn } from 'node:child_process'
import { tryRun, type RunResult } from '../../cluster/harness/run.ts'
import { until } from '../../cluster/harness/wait.ts'
import { databaseOwner } from './postgres.ts'

const args = (port: number): string[] => [
  '--no-psqlrc',
  '--no-align',
  '--tuples-only',
  `host=127.0.0.1 port=${port} dbname=postgres connect_timeout=10 user=${databaseOwner.user}`,
]
const env = { PGPASSWORD: databaseOwner.password }

/** Runs one statement by Debian's psql, as the owner of the database, over a port of the loopback. */
export function query(port: number, statement: string): Promise<RunResult> {
  return tryRun('psql', [...args(port), '--command', statement], { env, timeoutMs: 20_000 })
}

/** A psql whose one connection stays open. */
export type Session = {
  /** Resolves to what the statement returned. */
  readonly query: (statement: string) => Promise<string>
  readonly end: () => Promise<void>
}

export function openSession(port: number): Session {
  const child = spawn('psql', args(port), { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    async query(statement) {
      said = ''
      child.stdin.write(`${statement};\n`)
      return until(`an answer to ${statement}`, 20_000, () => (said.endsWith('\n') ? said.trimEnd() : undefined), 20)
    },
    async end() {
      child.stdin.end()
      await ended
    },
  }
}
