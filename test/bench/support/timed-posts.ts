import { lookup } from 'node:dns'
import { Agent, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

/** Where /sign is, and how many connections to keep open to it. */
export type SignTarget = {
  readonly url: string
  /** Of the server, for a name that this machine cannot resolve. */
  readonly address?: string
  /** PEM of the root. */
  readonly root: string
  readonly connections: number
}

export type LoadResult = {
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

/**
 * The measured part of a load process: opens the connections, says `ready`, waits for a line on standard input, posts the
 * bodies to /sign over those connections, prints the result as JSON and ends the process. Whoever measures the server starts
 * at `ready`.
 */
export async function postWhenTold(target: SignTarget, bodies: readonly string[]): Promise<never> {
  const { url, address, root, connections } = target
  const agent = new Agent({ ca: root, keepAlive: true, maxSockets: connections, lookup: lookupOf(address) })
  const latencies: number[] = []
  let failed = 0
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      const started = performance.now()
      if ((await send(`${url}/1.0/sign`, agent, bodies[index])) !== 201) failed++
      latencies.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: connections }, () => send(`${url}/health`, agent)))
  process.stdout.write('ready\n')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - started) / 1000
  const sorted = latencies.toSorted((a, b) => a - b)
  const quantile = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  const result: LoadResult = { seconds, p50: quantile(0.5), p99: quantile(0.99), failed }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  process.exit(0)
}

function lookupOf(address: string | undefined): LookupFunction {
  if (address === undefined) return lookup
  const found = { address, family: isIP(address) }
  return (_host, { all }, answer) => (all === true ? answer(null, [found]) : answer(null, address, found.family))
}

/** POSTs a body, or GETs without one; the status of the answer. */
function send(url: string, agent: Agent, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(url, { method: body === undefined ? 'GET' : 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
