import { constants } from 'node:os'
import type { CliIo } from '../cli/io.ts'
import { systemClock, systemRandom } from './system.ts'
import { openTerminal } from './terminal.ts'
import { version } from './version.ts'

/** 128 + SIGPIPE: how a program ends whose reader has gone. */
const brokenPipe = 141

/** The real world of a command. */
export function systemIo(): CliIo {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(brokenPipe)
    })
  return {
    out: (data) => void process.stdout.write(data),
    err: (text) => void process.stderr.write(text),
    readStdin,
    stdinIsTerminal: process.stdin.isTTY,
    openTerminal,
    env: process.env,
    clock: systemClock,
    random: systemRandom,
    version,
    platform: process.platform,
    run,
    kill: (pid, signal) => void process.kill(pid, signal),
    onSignal(signals, listener) {
      for (const signal of signals) process.on(signal, listener)
      return () => {
        for (const signal of signals) process.off(signal, listener)
      }
    },
  }
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function run(command: string, args: readonly string[]): Promise<number> {
  // Loaded here, because most commands start no other program and it takes 5 ms.
  const { spawn } = await import('node:child_process')
  const child = spawn(command, args, { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}
