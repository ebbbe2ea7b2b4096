import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel charges to the control group of one container. */
export type MemoryCgroup = {
  /** Charged now, in MiB: memory of its processes, of the kernel on their behalf, and files that they were first to read. */
  readonly chargedMiB: () => number
  /** The most that was ever charged, in MiB. */
  readonly peakMiB: () => number
  readonly processes: () => number
}

/** Finds the control group that a process is in, with cgroup v1 (a hierarchy for memory alone) or v2. */
export function memoryCgroupOf(pid: number): MemoryCgroup {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
  // hierarchy:controllers:path (cgroups(7)); where v1 has memory, the line of v2 is of another group.
  const pathOf = (pattern: RegExp): string | undefined => lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])[0]
  const v1 = pathOf(/^\d+:memory:(.*)$/)
  const v2 = pathOf(/^0::(.*)$/)
  if (v1 !== undefined) return group(join('/sys/fs/cgroup/memory', v1), 'usage_in_bytes', 'max_usage_in_bytes')
  if (v2 !== undefined) return group(join('/sys/fs/cgroup', v2), 'current', 'peak')
  throw new Error(`process ${pid} is in no control group that counts memory`)
}

function group(directory: string, current: string, peak: string): MemoryCgroup {
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8').trim()
  return {
    chargedMiB: () => Number(read(`memory.${current}`)) / 1024 ** 2,
    peakMiB: () => Number(read(`memory.${peak}`)) / 1024 ** 2,
    processes: () => read('cgroup.procs').split('\n').length,
  }
}
