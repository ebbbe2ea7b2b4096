import { readFileSync } from 'node:fs'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../../src/adapters/telemetry/metrics.ts'
import { metricTable, type MetricDefinition } from '../../../../src/core/metrics.ts'

const rows = Object.entries<MetricDefinition>(metricTable)

function documentedTable(): string {
  const lines = rows.map(([name, { kind, labels, processes, help }]) => {
    const labelText = labels.length === 0 ? '–' : labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${kind} | ${labelText} | ${processes.join(', ')} | ${help} |`
  })
  return ['| metric | type | labels | served by | meaning |', '|---|---|---|---|---|', ...lines].join('\n')
}

describe('metrics', () => {
  it('are documented as they are', () => {
    const readme = readFileSync('src/adapters/telemetry/README.md', 'utf8')
    const documented = /<!-- metrics -->\n([\s\S]*?)\n?<!-- \/metrics -->/.exec(readme)?.[1]
    expect(documented).toBe(documentedTable())
  })

  it('have names and units as Prometheus wants them', () => {
    for (const [name, { kind }] of rows) {
      expect(name).toMatch(/^signet_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(kind === 'counter')
    }
  })

  it('are counted, set and observed in the registry of the process', async () => {
    const registry = new Registry()
    const metrics = createMetrics(registry, 'authority')
    metrics.add('signet_certificates_issued_total', { operation: 'sign', provisioner: 'ops' })
    metrics.add('signet_certificates_issued_total', { operation: 'sign', provisioner: 'ops' }, 2)
    metrics.set('signet_ready', {}, 1)
    metrics.observe('signet_store_batch_seconds', {}, 0.002)
    const text = await registry.metrics()
    expect(text).toContain('signet_certificates_issued_total{operation="sign",provisioner="ops"} 3\n')
    expect(text).toContain('signet_ready 1\n')
    expect(text).toContain('signet_store_batch_seconds_bucket{le="0.0025"} 1\n')
    expect(text).toContain('process_resident_memory_bytes')
  })

  it('of another process are neither served nor an error', async () => {
    const registry = new Registry()
    const metrics = createMetrics(registry, 'webhook')
    metrics.add('signet_config_reloads_total', { result: 'applied' })
    expect(await registry.metrics()).not.toContain('signet_config_reloads_total')
  })
})
