// A load of reviews in a process of its own: reads it as JSON from standard input, sends it, prints the result as JSON.
import { Agent, request } from 'node:https'
import { constants, setPriority } from 'node:os'
import { text } from 'node:stream/consumers'
import type { ReviewLoad, ReviewResult } from './review-load.ts'

type Answer = { readonly status: number; readonly milliseconds: number }

function send({ address, host }: ReviewLoad, agent: Agent, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const headers = { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const options = { host: address, port: 9443, path: '/mutate-pods?timeout=10s', method: 'POST', headers, agent }
    const outgoing = request(options, (response) => {
      response.resume()
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, milliseconds: performance.now() - started })
      })
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** One review each 1/perSecond seconds, whether those before have been answered or not. */
async function run(load: ReviewLoad): Promise<ReviewResult> {
  const { bodies, count, perSecond, roots, host } = load
  const agent = new Agent({ keepAlive: true, ca: roots, servername: host })
  // Connections as an API server has them, which is never the first time.
  for (const body of bodies) await send(load, agent, body)
  const answers: Promise<Answer>[] = []
  const started = performance.now()
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(((performance.now() - started) * perSecond) / 1000, count)
      while (answers.length < due) answers.push(send(load, agent, bodies[answers.length % bodies.length] ?? ''))
      if (answers.length < count) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  const all = await Promise.all(answers)
  agent.destroy()
  return {
    latencies: all.map(({ milliseconds }) => milliseconds),
    wrong: all.filter(({ status }) => status !== 200).length,
  }
}

/** It is the instrument: an answer that is there has to be seen at once, however busy the machine is. */
function comeFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST)
  } catch {
    // Not root, which the cluster may not need either: then this process waits its turn, and the figure is higher.
  }
}

comeFirst()
process.stdout.write(JSON.stringify(await run(JSON.parse(await text(process.stdin)) as ReviewLoad)))
