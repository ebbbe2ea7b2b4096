import { readdirSync, readFileSync } from 'node:fs'

/** Reads /proc again and again until it is told to stop. */
export type PeakWatch = {
  /** Highest VmHWM, in MiB, of each process that was seen to run the program with these arguments. */
  readonly peaksOf: (...args: readonly string[]) => number[]
  readonly stop: () => void
}

/** A process that lives for a third of a second is seen some thirty times; the kernel itself keeps its highest mark. */
const everyMs = 10

/** Watches the peak of resident memory of all processes that run a program, in containers or not. */
export function watchPeaks(...program: readonly string[]): PeakWatch {
  const start = commandLine(program)
  const seen = new Map<string, { readonly line: string; readonly peak: number }>()
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      const line = read(pid, 'cmdline')
      if (!line.startsWith(start)) continue
      const mark = /^VmHWM:\s+(\d+) kB$/m.exec(read(pid, 'status'))?.[1]
      // A process that is ending has no memory any more, and no mark.
      if (mark !== undefined) seen.set(pid, { line, peak: Number(mark) / 1024 })
    }
  }
  const timer = setInterval(look, everyMs)
  return {
    peaksOf: (...args) =>
      [...seen.values()].filter(({ line }) => line === start + commandLine(args)).map(({ peak }) => peak),
    stop: () => clearInterval(timer),
  }
}

/** As proc(5) has it: each argument with a NUL after it. */
function commandLine(args: readonly string[]): string {
  return args.map((arg) => `${arg}\0`).join('')
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It ended since the folder was read.
    return ''
  }
}
