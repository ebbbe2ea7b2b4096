import { readFileSync } from 'node:fs'
import type { Agent } from 'node:https'
import { join } from 'node:path'
import { freePort } from '../../harness/free-port.ts'
import type { ServerProcess } from '../../harness/server-process.ts'
import { agentFor, send, type WireAnswer, type WireRequest } from '../../harness/wire-client.ts'
import { initFolder, type CaFolder } from './ca-folder.ts'
import { serve } from './serve.ts'

/** The real step-ca and signet, serving the same keys and provisioners side by side: what differs is the program. */
export type Pair = {
  /** Made by `step ca init`. */
  readonly folder: CaFolder
  readonly signet: Member
  readonly stepCa: Member
  readonly stop: () => Promise<void>
}

export type Member = {
  readonly url: string
  readonly process: ServerProcess
  readonly agent: Agent
  readonly send: (path: string, request?: WireRequest) => Promise<WireAnswer>
}

type Changes = Readonly<Record<string, unknown>>

/**
 * Starts both; `given` replace members of both ca.json, or say which do so of what is there; `env` is added to what both find
 * in their environment.
 */
export async function startPair(
  given: Changes | ((written: Changes) => Changes) = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Pair> {
  const folder = await initFolder('step')
  const written = JSON.parse(readFileSync(folder.config, 'utf8')) as Changes
  const changes = typeof given === 'function' ? given(written) : given
  const port = await freePort()
  const ours = { ...folder, port, url: `https://localhost:${port}` }
  const db = { type: 'sqlite', dataSource: join(folder.path, '..', 'signet', 'db.sqlite') }
  const configs = {
    signet: folder.variant('signet.json', { ...changes, db, address: `127.0.0.1:${port}` }),
    stepCa: folder.variant('step-ca.json', changes),
  }
  const [signet, stepCa] = await Promise.all([
    serve('signet', ours, { config: configs.signet, env }).then((process) => memberOf(ours, process)),
    serve('step-ca', folder, { config: configs.stepCa, env }).then((process) => memberOf(folder, process)),
  ])
  return {
    folder,
    signet,
    stepCa,
    async stop() {
      for (const { agent, process } of [signet, stepCa]) {
        agent.destroy()
        await process.stop()
      }
      folder.remove()
    },
  }
}

function memberOf(folder: CaFolder, process: ServerProcess): Member {
  const agent = agentFor(folder)
  const { url } = folder
  return { url, process, agent, send: (path, request) => send(agent, `${url}${path}`, request) }
}

export { seenOf, type Seen } from '../../harness/seen.ts'
