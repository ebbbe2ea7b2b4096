import { lookup } from 'node:dns'
import { Agent, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

/** Where an authority is, and how many connections to keep open to it. */
export type Target = {
  readonly url: string
  /** Of the server, for a name that this machine cannot resolve. */
  readonly address?: string
  /** PEM of the root. */
  readonly root: string
  readonly connections: number
}

/** What a load process gets to do, as JSON. */
export type LoadTask = Target & { readonly count: number }

/** One request: its path below the authority's URL, and its body. */
export type Post = { readonly path: string; readonly body: string }

/** PEM of what a connection shows of its client. */
export type ClientIdentity = { readonly cert: string; readonly key: string }

export type LoadResult = {
  readonly seconds: number
  /** Of each post from its first octet to the end of its answer, in milliseconds. */
  readonly latencies: readonly number[]
  readonly failed: number
}

/**
 * The measured part of a load process: opens the connections (with client certificates, where there are `identities`, one
 * after the other), says `ready`, waits for a line on standard input, sends the posts over those connections, prints the
 * result as JSON and ends the process. Whoever measures the server starts at `ready`.
 */
export async function postWhenTold(
  { url, address, root, connections }: Target,
  posts: readonly Post[],
  identities: readonly ClientIdentity[] = [],
): Promise<never> {
  const latencies: number[] = []
  let failed = 0
  let next = 0
  const worker = async (agent: Agent): Promise<void> => {
    for (let post = posts[next++]; post !== undefined; post = posts[next++]) {
      const started = performance.now()
      if ((await send(`${url}${post.path}`, agent, post.body)) !== 201) failed++
      latencies.push(performance.now() - started)
    }
  }
  const agents = Array.from({ length: connections }, (_, index) => {
    const options = { ca: root, keepAlive: true, maxSockets: 1, lookup: lookupOf(address) }
    return new Agent({ ...options, ...identities[index % identities.length] })
  })
  await Promise.all(agents.map((agent) => send(`${url}/health`, agent)))
  process.stdout.write('ready\n')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const started = performance.now()
  await Promise.all(agents.map(worker))
  const seconds = (performance.now() - started) / 1000
  const result: LoadResult = { seconds, latencies, failed }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
  return new Promise<never>(() => undefined)
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
