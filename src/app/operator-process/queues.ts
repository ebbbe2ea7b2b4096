import { createWorkQueue } from '../../adapters/kubernetes/work-queue.ts'
import type { Log } from '../../core/log.ts'
import type { Metrics } from '../../core/metrics.ts'
import type { CreateQueue } from '../../operator/ports.ts'

/** A failed turn is mostly a lost race or an API server that restarts: both are over within seconds. */
const backoff = { firstMs: 100, longestMs: 10_000 }

/** Queues that are counted and whose failures are logged. */
export function countedQueues(metrics: Metrics, log: Log): CreateQueue {
  return ({ controller, workers, work }) =>
    createWorkQueue({
      workers,
      backoff,
      async work(key) {
        await work(key)
        metrics.add('signet_reconcile_total', { controller, result: 'success' })
      },
      hooks: {
        started: (_, waited) => metrics.observe('signet_workqueue_wait_seconds', { controller }, waited),
        finished: (_, worked) => metrics.observe('signet_reconcile_duration_seconds', { controller }, worked),
        failed(key, err, attempt, delayMs) {
          metrics.add('signet_reconcile_total', { controller, result: 'error' })
          log.warn({ err, controller, key, attempt, delayMs }, 'reconciling failed, trying again')
        },
      },
    })
}
