import type { Metrics } from '../../src/core/metrics.ts'

/** Metrics that write down what they are told, as `name label/label value`. */
export function countedMetrics(): Metrics & { readonly told: string[] } {
  const told: string[] = []
  const note = (name: string, labels: object, value: number | string): void => {
    told.push([name, Object.values(labels).join('/'), value].filter((part) => part !== '').join(' '))
  }
  return {
    told,
    add: (name, labels, by = 1) => note(name, labels, by),
    set: note,
    remove: (name, labels) => note(name, labels, 'removed'),
    observe: note,
  }
}
