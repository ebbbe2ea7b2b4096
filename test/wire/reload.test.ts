import { X509Certificate } from 'node:crypto'
import type { Agent } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { setInterval } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { manualClock, type ManualClock } from '../fakes/manual-clock.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, aStepToken, send } from '../harness/wire-client.ts'
import { until } from '../cluster/harness/wait.ts'

let ca: RunningAuthority
let clock: ManualClock
const agents: Agent[] = []

beforeEach(async () => {
  clock = manualClock(Date.now())
  ca = await startAuthority({ clock })
})
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy()
  await ca.stop()
})

function pool(): Agent {
  const agent = agentFor(ca.folder, { maxSockets: 1 })
  agents.push(agent)
  return agent
}

/** Serial of the certificate that a new connection is served. */
async function servedSerial(): Promise<string> {
  const { socket } = await send(pool(), `${ca.url}/health`)
  return new X509Certificate(socket.getPeerCertificate().raw).serialNumber
}

const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'] }).der)

describe('the serving certificate', () => {
  it('is renewed for new connections while old ones go on', async () => {
    const old = pool()
    const first = await send(old, `${ca.url}/health`)
    const before = await servedSerial()
    await ca.runtime.renewServing()
    const again = await send(old, `${ca.url}/health`)
    expect(again.socket).toBe(first.socket)
    expect(await servedSerial()).not.toBe(before)
  })

  it('shows its end as a metric', async () => {
    await ca.stop()
    ca = await startAuthority({ clock, changes: { metricsAddress: '127.0.0.1:0' } })
    const metrics = await (await fetch(`http://127.0.0.1:${ca.runtime.metricsPort}/metrics`)).text()
    const end = Math.floor(clock.now() / 1000) + 24 * 3600
    expect(metrics).toContain(`signet_certificate_expiry_timestamp_seconds{certificate="serving"} ${end}\n`)
    expect(metrics).toContain('signet_certificates_issued_total{operation="serve",provisioner=""} 1\n')
  })
})

describe('a reload', () => {
  it('that is refused is shown at /status until another one is in force', async () => {
    await ca.stop()
    ca = await startAuthority({ clock, changes: { metricsAddress: '127.0.0.1:0' } })
    const shown = async () => (await fetch(`http://127.0.0.1:${ca.runtime.metricsPort}/status`)).json()
    expect(await shown()).not.toHaveProperty('refused')
    await expect(ca.reconfigure({ crt: '/nowhere' })).rejects.toMatchObject({ code: 'malformed' })
    const message = 'crt: /nowhere: there is no such file'
    expect(await shown()).toHaveProperty('refused', { message })
    const faulty = { crt: '/nowhere', signet: { generation: 'g-1' } }
    await expect(ca.reconfigure(faulty)).rejects.toMatchObject({ code: 'malformed' })
    expect(await shown()).toHaveProperty('refused', { generation: 'g-1', message })
    await ca.reconfigure({ signet: { generation: 'g-2' } })
    expect(await shown()).toMatchObject({ generation: 'g-2' })
    expect(await shown()).not.toHaveProperty('refused')
  })

  it('that is faulty changes nothing', async () => {
    await expect(ca.reconfigure({ crt: '/nowhere', dnsNames: ['other'] })).rejects.toMatchObject({
      code: 'malformed',
      message: 'crt: /nowhere: there is no such file',
    })
    const body = JSON.stringify({ csr, ott: aStepToken(ca.folder) })
    expect((await send(pool(), `${ca.url}/sign`, { body })).status).toBe(201)
  })

  it('with a name that is none changes nothing', async () => {
    await expect(ca.reconfigure({ dnsNames: ['bad name', 'other.test'] })).rejects.toMatchObject({
      code: 'malformed',
      message: 'dnsNames[0] is not valid: "bad name" is not a DNS name',
    })
    const body = JSON.stringify({ csr, ott: aStepToken(ca.folder) })
    expect((await send(pool(), `${ca.url}/sign`, { body })).status).toBe(201)
  })

  it('is in force even if the serving certificate cannot be renewed', async () => {
    clock.advance(20 * 365 * 24 * 3_600_000)
    await ca.reconfigure({ signet: { generation: 'g-2' } })
    expect(ca.log.filter(({ msg }) => msg === 'cannot renew the serving certificate')).toMatchObject([
      { err: { message: 'notAfter is not after notBefore; certificate would begin after its issuer has expired' } },
    ])
    expect(ca.log.filter(({ msg }) => msg === 'configuration applied')).toHaveLength(1)
  })

  it.each([
    ['db', { db: { type: 'sqlite', dataSource: '/elsewhere' } }],
    ['address', { address: ':1' }],
    ['metricsAddress', { metricsAddress: ':1' }],
    ['signet.storage.synchronous', { signet: { storage: { synchronous: 'off' } } }],
  ])('of %s is refused', async (path, changes) => {
    await expect(ca.reconfigure(changes)).rejects.toThrow(
      `${path} cannot be changed by a reload: restart the authority`,
    )
  })

  it('that turns on lists or OCSP opens insecureAddress; one that cannot changes nothing', async () => {
    await ca.stop()
    ca = await startAuthority({ clock, changes: { insecureAddress: '127.0.0.1:0' } })
    expect(ca.runtime.plainPort).toBeUndefined()
    await ca.reconfigure({ signet: { ocsp: { enabled: true } } })
    const port = ca.runtime.plainPort
    const ask = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    expect([await ask('/ocsp/AAAA'), await ask('/crl')]).toEqual([200, 404])
    await ca.reconfigure({ crl: { enabled: true } })
    expect([await ask('/ocsp/AAAA'), await ask('/crl'), ca.runtime.plainPort]).toEqual([404, 200, port])
    await ca.reconfigure({})
    expect([await ask('/ocsp/AAAA'), await ask('/crl')]).toEqual([404, 404])
  })

  it('whose insecureAddress is taken by another is refused whole', async () => {
    await ca.stop()
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const insecureAddress = `127.0.0.1:${(taken.address() as AddressInfo).port}`
    ca = await startAuthority({ clock, changes: { insecureAddress } })
    await expect(ca.reconfigure({ crl: { enabled: true } })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect((await send(pool(), `${ca.url}/crl`)).status).toBe(404)
    taken.close()
  })

  it('tells what it takes otherwise than step-ca, as the start does', async () => {
    const told = () => ca.log.filter(({ msg }) => msg === 'ca.json holds otherwise here')
    const folder = ca.folder.path
    const database = {
      level: 'warn',
      path: 'db.type',
      warning: `"badgerv2" means the SQLite file ${folder}/db/signet.db here: files of step-ca are not touched`,
    }
    expect(told()).toMatchObject([database])
    await ca.reconfigure({ logger: { format: 'text' } })
    const format = { level: 'warn', path: 'logger.format', warning: 'is ignored: each line of the log is JSON' }
    expect(told()).toMatchObject([database, format, database])
  })

  it('serves the new names at once', async () => {
    await ca.reconfigure({ dnsNames: ['localhost', 'new.test'] })
    const { socket } = await send(pool(), `${ca.url}/health`)
    expect(new X509Certificate(socket.getPeerCertificate().raw).subjectAltName).toBe('DNS:localhost, DNS:new.test')
  })
})

describe('20 reloads and 3 renewals under 100 kept connections that issue 50 a second', () => {
  it('fail no request', async () => {
    const connections = 100
    const perSecond = 50
    const clients = Array.from({ length: connections }, pool)
    await Promise.all(clients.map((agent) => send(agent, `${ca.url}/health`)))
    const outcomes: Promise<number>[] = []
    const sockets = new Set<unknown>()
    const stop = new AbortController()

    const load = async (): Promise<void> => {
      let index = 0
      for await (const _ of setInterval(1000 / perSecond)) {
        if (stop.signal.aborted) return
        const body = JSON.stringify({ csr, ott: aStepToken(ca.folder) })
        const agent = clients[index++ % connections] ?? pool()
        const answer = send(agent, `${ca.url}/1.0/sign`, { body })
        outcomes.push(
          answer.then(({ status, socket }) => {
            sockets.add(socket)
            return status
          }),
        )
      }
    }
    const loading = load()
    for (let round = 0; round < 20; round++) {
      await ca.reconfigure({ commonName: `CA ${round}` })
      if (round % 7 === 6) await ca.runtime.renewServing()
      await untilIssued(outcomes, (round + 1) * 6)
    }
    await ca.runtime.renewServing()
    stop.abort()
    await loading
    const statuses = await Promise.all(outcomes)
    expect(statuses.filter((status) => status !== 201)).toEqual([])
    expect(statuses.length).toBeGreaterThanOrEqual(120)
    expect(sockets.size).toBe(connections)
    expect(ca.log.filter(({ msg }) => msg === 'configuration applied')).toHaveLength(20)
    expect(ca.log.filter(({ msg }) => msg === 'serving certificate issued')).toHaveLength(1 + 20 + 3)
  })
})

async function untilIssued(outcomes: readonly Promise<number>[], count: number): Promise<void> {
  await until(`${count} requests`, 20_000, () => (outcomes.length >= count ? true : undefined), 5)
  await Promise.all(outcomes)
}
