import type { Clock } from '../../src/core/clock.ts'
import { createLogger } from '../../src/adapters/telemetry/logger.ts'
import { startRuntime, type ClusterPorts, type Runtime } from '../../src/app/authority-process/runtime.ts'
import { makeAuthorityFolder, type AuthorityFolder, type FolderOptions } from './authority-folder.ts'

export type LogLine = Readonly<Record<string, unknown>> & {
  readonly err?: { readonly reason?: string; readonly message?: string }
}

/** The whole authority process, in this one: real sockets, real database, real files. */
export type RunningAuthority = {
  readonly folder: AuthorityFolder
  readonly runtime: Runtime
  /** `https://localhost:<port>`. */
  readonly url: string
  readonly log: readonly LogLine[]
  /** The line of one request, which is written when its answer is done: perhaps after the client has it. */
  lineOf(requestId: string): Promise<LogLine>
  /** Puts ca.json with these members into force. */
  reconfigure(changes: Readonly<Record<string, unknown>>): Promise<void>
  /** Stops and starts it on the same folder. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export type RunningOptions = FolderOptions & {
  readonly clock?: Clock
  readonly folder?: AuthorityFolder
  readonly cluster?: ClusterPorts
}

export async function startAuthority(options: RunningOptions = {}): Promise<RunningAuthority> {
  const folder = options.folder ?? (await makeAuthorityFolder(options))
  const { log, write, lineOf } = collectLog()
  let text = folder.configWith({})
  const start = (): Promise<Runtime> =>
    startRuntime({
      source: { load: () => Promise.resolve(text), onChange: () => undefined, close: () => undefined },
      password: folder.password,
      clock: options.clock ?? { now: () => Date.now() },
      log: createLogger('authority', 'debug', { write }),
      cluster: options.cluster,
      onFailure: (error) => {
        throw error
      },
    })
  let runtime = await start()
  return {
    folder,
    get runtime() {
      return runtime
    },
    get url() {
      return `https://localhost:${runtime.port}`
    },
    log,
    lineOf,
    async reconfigure(changes) {
      text = folder.configWith(changes)
      await runtime.reload()
    },
    async restart() {
      await runtime.stop()
      runtime = await start()
    },
    async stop() {
      await runtime.stop()
      if (options.folder === undefined) folder.remove()
    },
  }
}

function collectLog() {
  const log: LogLine[] = []
  const waiting = new Map<string, (line: LogLine) => void>()
  return {
    log,
    write: (text: string): void => {
      const line = JSON.parse(text) as LogLine
      log.push(line)
      waiting.get(String(line['requestId']))?.(line)
    },
    lineOf: (requestId: string): Promise<LogLine> => {
      const found = log.find((line) => line['requestId'] === requestId)
      if (found !== undefined) return Promise.resolve(found)
      return new Promise((resolve) => waiting.set(requestId, resolve))
    },
  }
}
