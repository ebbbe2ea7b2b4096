import { Counter, Gauge, Histogram, collectDefaultMetrics, type Registry } from 'prom-client'
import {
  metricTable,
  type LabelsOf,
  type MetricDefinition,
  type MetricName,
  type MetricProcess,
  type Metrics,
} from '../../core/metrics.ts'

type Instruments = {
  readonly counter: Map<string, Counter>
  readonly gauge: Map<string, Gauge>
  readonly histogram: Map<string, Histogram>
}

/**
 * Registers the rows of `metricTable` that `process` serves, and prom-client's own process and runtime metrics, in
 * `registry`. A metric of another process is ignored when it is counted, so shared code needs no condition.
 */
export function createMetrics(registry: Registry, process: MetricProcess): Metrics {
  const instruments: Instruments = { counter: new Map(), gauge: new Map(), histogram: new Map() }
  for (const [name, row] of Object.entries<MetricDefinition>(metricTable)) {
    if (row.processes.includes(process)) register(instruments, registry, name, row)
  }
  collectDefaultMetrics({ register: registry })
  return {
    add: (name, labels, by = 1) => instruments.counter.get(name)?.inc(labels, by),
    set: (name, labels, value) => instruments.gauge.get(name)?.set(labels, value),
    remove: (name, labels) => instruments.gauge.get(name)?.remove(labels),
    observe: <Name extends MetricName>(name: Name, labels: LabelsOf<Name>, value: number) =>
      instruments.histogram.get(name)?.observe(labels, value),
  }
}

function register(instruments: Instruments, registry: Registry, name: string, row: MetricDefinition): void {
  const shared = { name, help: row.help, labelNames: [...row.labels], registers: [registry] }
  const makers = {
    counter: () => instruments.counter.set(name, new Counter(shared)),
    gauge: () => instruments.gauge.set(name, new Gauge(shared)),
    histogram: () => instruments.histogram.set(name, new Histogram({ ...shared, buckets: [...(row.buckets ?? [])] })),
  }
  makers[row.kind]()
}
