import { randomUUID } from 'node:crypto'
import { request } from 'node:https'
import type { Kubectl } from '../harness/kubectl.ts'

/** The default authority, reached from outside the cluster by its Service's address. */
export type AuthorityAccess = {
  readonly address: string
  readonly name: string
  readonly roots: string
  /** Of the default K8sSA provisioner. */
  readonly audience: string
}

export type Answer = { readonly status: number; readonly body: string; readonly requestId: string }

type AuthorityObject = {
  status: { roots: { certificate: string }[]; provisioners: { type: string; audience: string }[] }
}

/** Reads what a caller needs from the Authority's status and Service. */
export async function authorityAccess(kubectl: Kubectl, name = 'signet'): Promise<AuthorityAccess> {
  const { status } = await kubectl.get<AuthorityObject>('authorities.signet.dev', name)
  const service = await kubectl.get<{ spec: { clusterIP: string } }>('service', '-n', 'signet-system', name)
  const provisioner = status.provisioners.find(({ type }) => type === 'K8sSA')
  return {
    address: service.spec.clusterIP,
    name: `${name}.signet-system.svc`,
    roots: status.roots.map(({ certificate }) => certificate).join('\n'),
    audience: provisioner?.audience ?? '',
  }
}

/** POST of a raw body with a request id of our own; the server's certificate is verified. */
export function post(authority: AuthorityAccess, path: string, body: string): Promise<Answer> {
  const requestId = randomUUID()
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: authority.address,
      servername: authority.name,
      path,
      method: 'POST',
      ca: authority.roots,
      headers: { host: authority.name, 'content-type': 'application/json', 'x-request-id': requestId },
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      void response.toArray().then((chunks: Buffer[]) => {
        const answeredId = response.headers['x-request-id']
        if (answeredId !== requestId) reject(new Error(`the answer has X-Request-Id ${String(answeredId)}`))
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), requestId })
      }, reject)
    })
    outgoing.end(body)
  })
}

/** A metric's value, summed over the series whose labels contain all of `labels`; 0 where there is none. */
export async function metric(kubectl: Kubectl, pod: string, name: string, labels: readonly string[]): Promise<number> {
  const path = `/api/v1/namespaces/signet-system/pods/http:${pod}:9090/proxy/metrics`
  const lines = (await kubectl(['get', '--raw', path])).split('\n')
  return lines
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** The authority's log line for one request. */
export async function requestLine(kubectl: Kubectl, requestId: string, pod = 'signet-0'): Promise<string> {
  const log = await kubectl.eventually('signet-system', `a log line of request ${requestId}`, 10_000, async () =>
    (await kubectl.logs('signet-system', pod, 'authority'))
      .split('\n')
      .find((line) => line.includes(requestId) && line.includes('"msg":"request"')),
  )
  return log
}
