import { splitKeys } from '../../src/cli/prompt.ts'
import type { CliIo } from '../../src/cli/io.ts'
import { seededRandom, testTime } from '../builders/x509.ts'
import { manualClock } from './manual-clock.ts'

export type CliWorld = {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  /** What a person types; without it there is no terminal. Ends as a terminal that is gone. */
  readonly keys?: string
  readonly platform?: string
  /** Exit code of every program that is run. */
  readonly status?: number
}

/** A world for a command, which keeps what the command does to it. */
export type FakeCliIo = CliIo & {
  readonly said: { out: string; err: string }
  readonly ran: string[][]
  readonly killed: (readonly [number, number | NodeJS.Signals])[]
  /** Sends a signal to the command. */
  readonly signal: (signal: NodeJS.Signals) => void
}

/** A world at `testTime`. Without `HOME` and `STEPPATH` of its own, step's folder is one that does not exist. */
export function fakeCliIo(world: CliWorld = {}): FakeCliIo {
  const said = { out: '', err: '' }
  const ran: string[][] = []
  const killed: (readonly [number, number | NodeJS.Signals])[] = []
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const keys = world.keys === undefined ? undefined : splitKeys(world.keys)
  return {
    said,
    ran,
    killed,
    signal: (signal) => listeners.forEach((listener) => listener(signal)),
    out: (data) => void (said.out += typeof data === 'string' ? data : Buffer.from(data).toString()),
    err: (text) => void (said.err += text),
    readStdin: () => Promise.resolve(Buffer.from(world.stdin ?? '')),
    stdinIsTerminal: keys !== undefined && world.stdin === undefined,
    openTerminal: () =>
      keys === undefined ? undefined : { readKey: () => Promise.resolve(keys.shift()), close: () => undefined },
    env: { STEPPATH: '/nonexistent/step', ...world.env },
    clock: manualClock(testTime),
    random: seededRandom(1),
    version: 'test',
    platform: world.platform ?? 'linux',
    run(command, args) {
      ran.push([command, ...args])
      return Promise.resolve(world.status ?? 0)
    },
    kill: (pid, signal) => void killed.push([pid, signal]),
    onSignal(_signals, listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
