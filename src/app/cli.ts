/**
 * `signet`: finds the process or command that the first argument names and runs it. Imports almost nothing itself, for
 * the sake of the processes that must stay small, and must load under an old Node to say so.
 */
import { createRequire } from 'node:module'
import { isNodeNewEnough, runUnderNewerNode } from './node-version.ts'
import { processes, type ProcessMain } from './processes.ts'

/** By `require`, which loads CommonJS bundles without Node's loader of ES modules, and sources as well. */
function load(file: string, entry: string): ProcessMain {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const module = createRequire(import.meta.url)(`./${file}.${extension}`) as Record<string, ProcessMain>
  const main = module[entry]
  if (main === undefined) throw new Error(`${file}.${extension} does not export ${entry}`)
  return main
}

async function main(args: readonly string[]): Promise<number> {
  if (!isNodeNewEnough()) return runUnderNewerNode()
  const row = processes.get(args[0] ?? '')
  if (row === undefined) return load('commands', 'runCommand')(args)
  return load(row.file, row.entry)(args.slice(1))
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const text = `signet: ${error instanceof Error ? error.message : String(error)}\n`
    // Servers and timers that are still open would keep a process alive that does nothing any more.
    process.stderr.write(text, () => process.exit(1))
  },
)
