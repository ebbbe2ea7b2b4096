import { Worker } from 'node:worker_threads'

/**
 * A thread for one database, which it opens when it is told its options. Apart from the store, so that a process can start
 * it before it has loaded, let alone read, anything else.
 */
export function bootSqliteThread(): Worker {
  return new Worker(threadUrl(), { name: 'sqlite', resourceLimits: { maxYoungGenerationSizeMb: 8 } })
}

/** The thread's file stands beside this one, or beside the bundle that this one is in. */
function threadUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url)
}
