import { Agent, request } from 'node:https'
import { parentPort, workerData, Worker } from 'node:worker_threads'

/** A load of reviews on one webhook, as the API server would send them. */
export type ReviewLoad = {
  readonly address: string
  /** Name that the webhook's certificate must have. */
  readonly host: string
  /** PEM. */
  readonly roots: string
  /** Bodies, sent in turn. */
  readonly bodies: readonly string[]
  readonly count: number
  readonly perSecond: number
}

export type ReviewResult = {
  /** Of each review from its first byte to the end of its answer, in milliseconds. */
  readonly latencies: readonly number[]
  /** Answers that were not 200. */
  readonly wrong: number
}

/** Sends the load from a thread of its own, so that nothing else in this process is measured with it. */
export function sendReviews(load: ReviewLoad): Promise<ReviewResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: load })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

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

if (parentPort !== null) {
  const port = parentPort
  void run(workerData as ReviewLoad).then((result) => port.postMessage(result))
}
