import { spawn } from 'node:child_process'
import type { SpawnOptions } from 'node:child_process'

export type RunOptions = {
  /** Written to the command's standard input, which is then closed. */
  input?: string | Uint8Array
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>
  cwd?: string
  /** In a session of its own, without a terminal (/dev/tty) to ask somebody at. */
  detached?: boolean
  /** The command is killed after this many milliseconds. Default: 10 minutes. */
  timeoutMs?: number
}

export type RunResult = { status: number; stdout: string; stderr: string }

/** A command that ended with another status than 0. The message carries the command line and the end of its output. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  declare readonly result: RunResult
  constructor(command: string, args: readonly string[], result: RunResult) {
    const output = (result.stderr.trim() || result.stdout.trim()).slice(-2000)
    super(`${[command, ...args].join(' ').slice(0, 300)} ended with ${result.status}: ${output}`)
    // Not enumerable: an uncaught error would print all of the output a second time.
    Object.defineProperty(this, 'result', { value: result })
  }
}

/** Runs a command to its end and returns what it wrote, whatever its status. Throws only if it cannot be started. */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const settings: SpawnOptions = {
    cwd: options.cwd,
    detached: options.detached ?? false,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 600_000,
    killSignal: 'SIGKILL',
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, settings)
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', (cause) => reject(new Error(`cannot start ${command}: ${cause.message}`, { cause })))
    child.on('close', (code, signal) => {
      resolve({ status: code ?? 128, stdout, stderr: signal ? `${stderr}\nended by ${signal}` : stderr })
    })
    // A command that does not read its input closes the pipe early: its status says what happened, not the pipe.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input ?? '')
  })
}

/** Runs a command to its end and returns its standard output. Throws {@link CommandError} on any status but 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options)
  if (result.status !== 0) throw new CommandError(command, args, result)
  return result.stdout
}

/** Says whether a command of this name is on the PATH. */
export async function isInstalled(command: string): Promise<boolean> {
  return (await tryRun('sh', ['-c', 'command -v "$0"', command])).status === 0
}
