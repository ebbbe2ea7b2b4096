import { readFileSync } from 'node:fs'
import type { Agent } from 'node:https'
import { join } from 'node:path'
import type { Json } from '../../src/core/templates/template.ts'
import type { AuthorityFolder } from '../harness/authority-folder.ts'
import { agentFor, send } from '../harness/wire-client.ts'
import type { Answer, Configuration, Exchange, GoldenCase, GoldenRequest } from './case.ts'
import { describeAnswer } from './describe-answer.ts'
import type { World } from './world.ts'

/** A running authority, whoever made it. */
export type Target = {
  readonly folder: AuthorityFolder
  readonly url: string
  readonly world: World
  readonly now: () => number
  /** Lets this many seconds pass. */
  readonly wait: (seconds: number) => Promise<void>
}

/** Sends the requests of a configuration one after the other, and gives what came of each. */
export async function runCases({ cases }: Pick<Configuration, 'cases'>, target: Target): Promise<Exchange[]> {
  const exchanges: Exchange[] = []
  for (const { name, request, wait } of cases) {
    if (wait !== undefined) await target.wait(wait)
    const agent = agentFor(target.folder, { ...identityOf(request, target), keepAlive: false })
    exchanges.push({ name, request, answer: await exchange({ name, request }, agent, target) })
    agent.destroy()
  }
  return exchanges
}

/** The certificate of a case and its key, as a TLS client has them. */
function identityOf({ client }: GoldenRequest, { world }: Target): { cert?: string; key?: string } {
  return client === undefined ? {} : { cert: world.chainOf(client).join(''), key: keyPem(world, client) }
}

async function exchange({ name, request }: GoldenCase, agent: Agent, target: Target): Promise<Answer> {
  const { folder, world, url, now } = target
  const { method, path, headers = {}, body, bearer } = request
  const authorization = bearer === undefined ? {} : { Authorization: `Bearer ${world.resolve(bearer) as string}` }
  const at = now()
  try {
    const answer = await send(agent, `${url}${pathOf(path, target)}`, {
      ...(method !== undefined && { method }),
      headers: { ...headers, ...authorization },
      ...(body !== undefined && { body: textOf(body, world) }),
    })
    rememberIssued(name, answer.body, world)
    const { fingerprint } = folder
    return describeAnswer(answer, { world, at, known: knownCertificates(target), fingerprint })
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { status: 0, headers: [], body: 'the connection was closed' }
    throw error
  }
}

/** Which key a certificate is for says the case that brought it. */
function keyPem(world: World, client: string): string {
  const name = world.keyOfCase(client)
  return world.keyOf(name).export({ type: 'pkcs8', format: 'pem' }) as string
}

const pathOf = (path: string, { folder }: Target): string => path.replace('(fingerprint)', folder.fingerprint)

function textOf(body: Json, world: World): string {
  return typeof body === 'string' ? body : JSON.stringify(world.resolve(body))
}

function rememberIssued(name: string, body: string, world: World): void {
  if (!body.startsWith('{"crt":')) return
  const { certChain } = JSON.parse(body) as { certChain: string[] }
  world.remember(name, certChain)
}

function knownCertificates({ folder, world }: Target): ReadonlyMap<string, string> {
  const read = (name: string): string => readFileSync(join(folder.path, 'certs', name), 'utf8')
  return new Map([
    [read('root_ca.crt'), '(root)'],
    [read('intermediate_ca.crt'), '(intermediate)'],
    [world.federated, '(federated root)'],
  ])
}
