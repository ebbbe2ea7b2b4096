import { cpuSeconds } from './process-figures.ts'
import { runLoad } from './run-load.ts'
import type { LoadTask } from './timed-posts.ts'

/** What a server did with the measured loads that it got so far. */
export type Measured = {
  readonly count: number
  /** Wall clock, without the time in which requests were made beforehand. */
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of each request, in milliseconds. */
  readonly latencies: readonly number[]
  readonly failed: number
}

export const nothingYet: Measured = { count: 0, seconds: 0, cpuSeconds: 0, latencies: [], failed: 0 }

/** Sends a load to the server with this process id; resolves to what has been measured with what it did now. */
export async function measureLoad(pid: number, script: string, task: LoadTask, before: Measured): Promise<Measured> {
  let start = 0
  const { seconds, latencies, failed } = await runLoad(script, task, () => {
    start = cpuSeconds(pid)
  })
  return {
    count: before.count + task.count,
    seconds: before.seconds + seconds,
    cpuSeconds: before.cpuSeconds + cpuSeconds(pid) - start,
    latencies: [...before.latencies, ...latencies],
    failed: before.failed + failed,
  }
}
