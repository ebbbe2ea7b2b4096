import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startHealthServer,
  type HealthServer,
  type Readiness,
} from '../../../../src/adapters/telemetry/health-server.ts'
import { createMetrics } from '../../../../src/adapters/telemetry/metrics.ts'
import { createStallMonitor } from '../../../../src/adapters/telemetry/stall-monitor.ts'

let server: HealthServer
let ready: Readiness | Error = { ready: true }
let ticks = 0

beforeEach(async () => {
  ready = { ready: true }
  ticks = 0
  const registry = new Registry()
  server = await startHealthServer({
    address: '127.0.0.1:0',
    registry,
    metrics: createMetrics(registry, 'authority'),
    readiness: () => (ready instanceof Error ? Promise.reject(ready) : Promise.resolve(ready)),
    status: () => ({ generation: 'abc' }),
    stalls: createStallMonitor(() => ticks),
  })
})
afterEach(() => server.close())

async function get(path: string, method = 'GET'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  return `${response.status} ${await response.text()}`
}

describe('health server', () => {
  it('is live and ready', async () => {
    expect(await get('/livez')).toBe('200 ok\n')
    expect(await get('/readyz?verbose')).toBe('200 ok\n')
    expect(await get('/readyz', 'HEAD')).toBe('200 ')
    expect(await get('/metrics')).toContain('signet_ready 1\n')
  })

  it('says what is missing, also when the check itself fails, and counts it', async () => {
    ready = { ready: false, reason: 'the store cannot be written to' }
    expect(await get('/readyz')).toBe('503 not ready: the store cannot be written to\n')
    ready = new Error('disk full')
    expect(await get('/readyz')).toBe('503 not ready: disk full\n')
    expect(await get('/metrics')).toContain('signet_ready 0\n')
  })

  it('reports its state to the operator', async () => {
    expect(await get('/status')).toBe('200 {"generation":"abc","ready":true}\n')
    ready = { ready: false, reason: 'x' }
    expect(await get('/status')).toBe('200 {"generation":"abc","ready":false,"reason":"x"}\n')
  })

  it('is not live for 30 s after a stall of 10 s', async () => {
    ticks = 10_900
    expect(await get('/livez')).toBe('200 ok\n')
    ticks = 12_500
    expect(await get('/livez')).toBe('503 the event loop stalled for 11.5 s\n')
    ticks += 9000
    expect(await get('/livez')).toBe('503 the event loop stalled for 11.5 s\n')
  })

  it('serves nothing else', async () => {
    expect(await get('/')).toBe('404 not found: there is /livez, /readyz, /metrics and /status\n')
    expect(await get('/livez', 'POST')).toBe('405 only GET is served here\n')
  })

  it('fails where the address is taken', async () => {
    const registry = new Registry()
    const again = startHealthServer({
      address: `127.0.0.1:${server.port}`,
      registry,
      metrics: createMetrics(registry, 'authority'),
      readiness: () => Promise.resolve({ ready: true }),
    })
    await expect(again).rejects.toThrow('EADDRINUSE')
  })
})
