import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Exchange } from './case.ts'

/** What step-ca answered to the cases of one configuration. */
export type Recording = { readonly program: string; readonly exchanges: readonly Exchange[] }

const fileOf = (name: string): string => join(import.meta.dirname, 'recordings', `${name}.json`)

export function readRecording(name: string): Recording {
  return JSON.parse(readFileSync(fileOf(name), 'utf8')) as Recording
}

export function writeRecording(name: string, recording: Recording): void {
  writeFileSync(fileOf(name), `${JSON.stringify(recording, undefined, 1)}\n`)
}
