import type { Metrics } from '../../src/core/metrics.ts'

/** Keeps what is counted: `name{label="value"}` → sum, last value or number of observations. */
export function recordedMetrics(): Metrics & { readonly values: Map<string, number> } {
  const values = new Map<string, number>()
  const key = (name: string, labels: object): string =>
    `${name}{${Object.entries(labels)
      .map(([label, value]) => `${label}="${value}"`)
      .join(',')}}`
  const add = (name: string, labels: object, by: number): void => {
    values.set(key(name, labels), (values.get(key(name, labels)) ?? 0) + by)
  }
  return {
    values,
    add: (name, labels, by = 1) => add(name, labels, by),
    set: (name, labels, value) => void values.set(key(name, labels), value),
    remove: (name, labels) => void values.delete(key(name, labels)),
    observe: (name, labels) => add(name, labels, 1),
  }
}
