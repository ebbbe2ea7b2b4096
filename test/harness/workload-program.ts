import { build } from 'esbuild'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type WorkloadRun = {
  readonly code: number | null
  /** Its log, one object a line. */
  readonly lines: readonly Record<string, unknown>[]
  /** Largest resident size, in MiB. */
  readonly peakMiB: number
}

/** The programs of the injected containers as their image has them: one bundle, run as processes of their own. */
export type WorkloadProgram = {
  /** Files that went into the bundle. */
  readonly inputs: readonly string[]
  /** Runs to the end; `onLine` sees each line of the log as it comes and may send a signal. */
  run(
    name: 'bootstrap' | 'renew',
    environment: Readonly<Record<string, string>>,
    onLine?: (line: Record<string, unknown>, kill: (signal: NodeJS.Signals) => void) => void,
  ): Promise<WorkloadRun>
  remove(): void
}

/** Writes down how much memory the process has had, at its end. */
const meter = `process.on('exit', () => require('node:fs').writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)))`

export async function buildWorkloadProgram(): Promise<WorkloadProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-workload-'))
  const program = join(folder, 'workload.cjs')
  const { metafile } = await build({
    entryPoints: ['src/app/workload-main.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    metafile: true,
  })
  const preload = join(folder, 'meter.cjs')
  writeFileSync(preload, meter)
  return {
    inputs: Object.keys(metafile.inputs),
    async run(name, environment, onLine) {
      const peak = join(folder, 'peak')
      const child = spawn(process.execPath, ['--require', preload, program, name], {
        env: { PATH: process.env['PATH'] ?? '', PEAK: peak, ...environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const lines: Record<string, unknown>[] = []
      let rest = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const complete = (rest + text).split('\n')
        rest = complete.pop() ?? ''
        for (const line of complete) {
          lines.push(JSON.parse(line) as Record<string, unknown>)
          onLine?.(lines.at(-1) ?? {}, (signal) => child.kill(signal))
        }
      })
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, lines, peakMiB: Number(readFileSync(peak, 'utf8')) / 1024 }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
