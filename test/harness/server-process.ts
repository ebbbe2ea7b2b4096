import { spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { until } from '../cluster/harness/wait.ts'

/** How a process ended: its code, or the signal that ended it. */
export type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A CA in a process of its own. */
export type ServerProcess = {
  readonly pid: number
  readonly ended: Promise<End>
  /** All that it has written on both streams. */
  said(): string
  /** Resolves to what has been written, once that matches; fails if the process ends before. */
  untilSaid(pattern: RegExp): Promise<string>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, if it still runs; resolves to how it ended. */
  stop(): Promise<End>
}

type Command = readonly [string, ...string[]]

export type ServerOptions = {
  /** Where its output goes: a file, so that reading it takes nothing from what is measured. */
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a CA and waits until `/health` of `url` answers. */
export async function startServer(
  command: Command,
  { url, ...options }: ServerOptions & { readonly url: string },
): Promise<ServerProcess> {
  const server = spawnServer(command, options)
  await untilMet(server, options.logFile, () => isHealthy(url))
  return server
}

/** Starts a process without waiting for anything. */
export function spawnServer([file, ...args]: Command, { logFile, env }: ServerOptions): ServerProcess {
  const log = openSync(logFile, 'w')
  const child = spawn(file, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } })
  const ended = new Promise<End>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const said = (): string => readFileSync(logFile, 'utf8')
  const server: ServerProcess = {
    pid: child.pid ?? 0,
    ended,
    said,
    async untilSaid(pattern) {
      await untilMet(server, logFile, () => Promise.resolve(pattern.test(said())))
      return said()
    },
    signal: (name) => void child.kill(name),
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
  return server
}

const patienceMs = 30_000

async function untilMet(server: ServerProcess, logFile: string, isMet: () => Promise<boolean>): Promise<void> {
  const ask = async (): Promise<true | undefined> => ((await isMet()) ? true : undefined)
  const ended = server.ended.then(({ code, signal }) => {
    throw new Error(`the server ended with ${code ?? signal}:\n${server.said()}`)
  })
  await Promise.race([until(`the server, whose log is ${logFile}`, patienceMs, ask, 20), ended])
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}/health`, { rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}
