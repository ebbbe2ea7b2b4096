// The load of the sign bench, in a process of its own: reads its task as JSON from the first argument, makes all requests
// beforehand, sends them over kept connections, and prints the result as JSON.
import { createPrivateKey, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:https'
import { encodePem } from '../../../src/core/pem.ts'
import { generateKeyPair } from '../../../src/core/x509/private-key.ts'
import { aCsr } from '../../builders/csr.ts'
import { aToken } from '../../builders/tokens.ts'

export type LoadTask = {
  readonly url: string
  /** PEM of the root. */
  readonly root: string
  readonly provisioner: string
  readonly kid: string
  /** JWK of the provisioner's private key. */
  readonly key: Readonly<Record<string, string>>
  readonly connections: number
  readonly count: number
}

export type LoadResult = {
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

const task = JSON.parse(process.argv[2] ?? '{}') as LoadTask
const key = createPrivateKey({ key: task.key, format: 'jwk' })
const agent = new Agent({ ca: task.root, keepAlive: true, maxSockets: task.connections })

/** Different keys, so that no cache of parsed keys helps anybody. */
const csrs = await Promise.all(
  Array.from({ length: 256 }, async () => {
    const { privateKey } = await generateKeyPair('EC-P256')
    const { der } = aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'], privateKey })
    return encodePem('CERTIFICATE REQUEST', der)
  }),
)

function makeBody(index: number): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: `${task.url}/1.0/sign`,
    iss: task.provisioner,
    sub: 'web.test',
    sans: ['web.test'],
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 600,
  }
  return JSON.stringify({ csr: csrs[index % csrs.length], ott: aToken(claims, key, { kid: task.kid }) })
}

function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(`${task.url}/1.0/sign`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const bodies = Array.from({ length: task.count }, (_, index) => makeBody(index))
const latencies: number[] = []
let failed = 0
let next = 0

async function worker(): Promise<void> {
  for (let index = next++; index < bodies.length; index = next++) {
    const started = performance.now()
    if ((await post(bodies[index] ?? '')) !== 201) failed++
    latencies.push(performance.now() - started)
  }
}

// The figures are of this part alone: whoever measures the server waits for the line before.
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
const started = performance.now()
await Promise.all(Array.from({ length: task.connections }, worker))
const seconds = (performance.now() - started) / 1000
const sorted = latencies.toSorted((a, b) => a - b)
const quantile = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
const result: LoadResult = { seconds, p50: quantile(0.5), p99: quantile(0.99), failed }
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
