import type { Log } from '../../src/core/log.ts'

export type LogLine = { readonly level: keyof Log; readonly fields: object; readonly message: string }

/** Keeps what is logged. */
export function recordedLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const write = (level: keyof Log) => (fields: object, message: string) => void lines.push({ level, fields, message })
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
