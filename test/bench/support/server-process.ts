import { spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

export type ServerProcess = { readonly pid: number; stop(): Promise<void> }

/** Starts a CA with its output in a file, and waits until `/health` answers. */
export async function startServer(
  command: readonly [string, ...string[]],
  {
    url,
    logFile,
    env,
  }: { readonly url: string; readonly logFile: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ServerProcess> {
  const [file, ...args] = command
  const log = openSync(logFile, 'w')
  const child = spawn(file, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } })
  await untilHealthy(child, url, logFile)
  return {
    pid: child.pid ?? 0,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

async function untilHealthy(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: see ${logFile}`)
    if (Date.now() > end) throw new Error(`the server does not answer: see ${logFile}`)
    await sleep(50)
  }
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
