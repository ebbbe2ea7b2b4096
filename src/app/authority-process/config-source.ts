import { readFileSync } from 'node:fs'
import { SignetError } from '../../core/errors.ts'

/** Where ca.json comes from: a file, or a Secret that is watched. */
export type ConfigSource = {
  /** The text as it is now; in a cluster, waits until it is there. */
  load(): Promise<string>
  /** Calls whenever the text may be another, until `close`. */
  onChange(listener: () => void): void
  close(): void
}

/** A file, read again on SIGHUP, as step-ca does. */
export function fileConfigSource(file: string): ConfigSource {
  const listeners: (() => void)[] = []
  return {
    load() {
      try {
        return Promise.resolve(readFileSync(file, 'utf8'))
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        const reason = code === 'ENOENT' ? 'there is no such file; "signet ca init" makes one' : code
        return Promise.reject(new SignetError('malformed', `cannot read ${file}: ${reason}`))
      }
    },
    onChange(listener) {
      listeners.push(listener)
      process.on('SIGHUP', listener)
    },
    close() {
      for (const listener of listeners) process.removeListener('SIGHUP', listener)
    },
  }
}
