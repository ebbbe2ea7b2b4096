import { openSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import { splitKeys } from '../cli/prompt.ts'
import type { Terminal } from '../cli/io.ts'

/** Typed ahead, or pasted, and not yet asked for. */
const pending: string[] = []

/** Standard input if it is a terminal, else the one that the process belongs to, as for `step`. */
export function openTerminal(): Terminal | undefined {
  const stream = process.stdin.isTTY ? process.stdin : openControllingTerminal()
  if (stream === undefined) return undefined
  stream.setRawMode(true)
  const restore = (): void => void stream.setRawMode(false)
  process.once('exit', restore)
  return {
    async readKey() {
      if (pending.length === 0) pending.push(...splitKeys(await nextChunk(stream)))
      return pending.shift()
    },
    close() {
      process.off('exit', restore)
      restore()
      stream.pause()
      if (stream !== process.stdin) stream.destroy()
    },
  }
}

function openControllingTerminal(): ReadStream | undefined {
  try {
    const { ReadStream } = process.getBuiltinModule('node:tty')
    return new ReadStream(openSync('/dev/tty', 'r+'))
  } catch {
    return undefined
  }
}

/** What the terminal sends next; nothing at its end. */
function nextChunk(stream: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).pause()
      act()
    }
    const onData = (chunk: Buffer | string): void => settle(() => resolve(chunk.toString()))()
    const onEnd = settle(() => resolve(''))
    const onError = (error: Error): void => settle(() => reject(error))()
    stream.on('data', onData).on('end', onEnd).on('error', onError).resume()
  })
}
