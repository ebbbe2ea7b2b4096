import { request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { spawnServer } from '../harness/server-process.ts'
import type { Bench } from './bench.ts'
import {
  authorityPrograms,
  withBenchFolder,
  type AuthorityProgram,
  type BenchFolder,
} from './support/bench-authority.ts'

const rounds = 10
const limitMs = 400
/** A refused connection costs this process next to nothing, and the one that starts nothing. */
const askEveryMs = 2

/** From the start of the process to its first answer over TLS. */
export const bench: Bench = {
  title: `start to the first answer of /health, encrypted keys, median of ${rounds}; peer: step-ca 0.30.2 with Badger`,
  async run() {
    const programs = await authorityPrograms()
    const [ours, peer] = [await measure(programs.ours), await measure(programs.peer)]
    const middle = median(ours)
    return [
      {
        figure: 'median',
        unit: 'ms',
        ours: middle,
        peer: median(peer),
        target: { text: `≤ ${limitMs}`, met: middle <= limitMs },
      },
      { figure: 'longest', unit: 'ms', ours: Math.max(...ours), peer: Math.max(...peer) },
    ]
  },
}

function measure(program: AuthorityProgram): Promise<number[]> {
  return withBenchFolder(program, [], async (folder) => {
    const times: number[] = []
    // The first start makes the database.
    for (let round = 0; round <= rounds; round += 1) times.push(await startOnce(folder))
    return times.slice(1)
  })
}

async function startOnce({ command, env, logFile, url }: BenchFolder): Promise<number> {
  const started = performance.now()
  const server = spawnServer(command(), { logFile, env })
  let hasEnded = false
  void server.ended.then(() => (hasEnded = true))
  try {
    while (!(await answers(url))) {
      if (hasEnded) throw new Error(`it ended:\n${server.said()}`)
      await delay(askEveryMs)
    }
    return performance.now() - started
  } finally {
    await server.stop()
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}/health`, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const half = sorted.length / 2
  const pick = (index: number): number => sorted[index] ?? Number.NaN
  return (pick(Math.ceil(half) - 1) + pick(Math.floor(half))) / 2
}
