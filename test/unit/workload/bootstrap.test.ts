import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bootstrap } from '../../../src/workload/bootstrap.ts'
import { createFakeAuthority, type FakeAuthority } from '../../fakes/certificate-authority.ts'
import { aFailure, aWorkload, aWorkloadRequest, certificateIn, wakeIn } from '../../builders/workload.ts'

const start = 1_800_000_000_000
let directory: string
let authority: FakeAuthority

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-bootstrap-'))
  authority = createFakeAuthority(start)
})

afterEach(() => rmSync(directory, { recursive: true }))

const read = (name: string) => readFileSync(join(directory, name), 'utf8')
const withWaits = (workload: ReturnType<typeof aWorkload>, waits: number[] = []) => ({
  ...workload,
  wait: (milliseconds: number) => {
    waits.push(milliseconds)
    return Promise.resolve()
  },
})

describe('bootstrap', () => {
  it('writes certificate, key, roots and bundle that belong together', async () => {
    const workload = aWorkload(authority, directory)
    await bootstrap(withWaits(workload))
    const leaf = new X509Certificate(read('site.crt'))
    expect(leaf.subject).toBe('CN=web.shop.svc')
    expect(leaf.subjectAltName).toBe('DNS:web.shop.svc, URI:spiffe://cluster.local/ns/shop/sa/web')
    expect(leaf.checkPrivateKey(createPrivateKey(read('site.key')))).toBe(true)
    expect(read('site.crt').match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(read('root.crt')).toBe(authority.roots())
    expect(read('bundle.pem')).toBe(read('site.key') + read('site.crt'))
    for (const name of ['site.crt', 'site.key', 'root.crt', 'bundle.pem']) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
    }
    expect(authority.calls).toEqual(['roots', 'sign'])
    expect(authority.tokens).toEqual(['token-1'])
    expect(wakeIn(directory)).toBe(start + 3_600_000)
    expect(workload.log.lines).toEqual([
      {
        level: 'info',
        message: 'certificate issued',
        fields: {
          serial: certificateIn(directory).serial,
          names: ['web.shop.svc', 'spiffe://cluster.local/ns/shop/sa/web'],
          notAfter: '2027-01-16T08:00:00Z',
          requestId: 'request-2',
        },
      },
    ])
  })

  it('asks for the wished duration, kind of key and the IPs of the pod', async () => {
    const request = aWorkloadRequest({ duration: '3m', keyAlgorithm: 'Ed25519', podIPs: true })
    await bootstrap(withWaits(aWorkload(authority, directory, request, ['10.0.0.1', 'FD00::0001'])))
    const leaf = new X509Certificate(read('site.crt'))
    expect(leaf.publicKey.asymmetricKeyType).toBe('ed25519')
    expect(certificateIn(directory).names.ips).toEqual(['10.0.0.1', 'fd00::1'])
    expect(certificateIn(directory).notAfter).toBe(start + 180_000)
    expect(wakeIn(directory)).toBeGreaterThan(start + 110_000)
    expect(wakeIn(directory)).toBeLessThanOrEqual(start + 121_000)
  })

  it('waits for an authority that cannot answer, as long as it takes, with a line for each attempt', async () => {
    const workload = aWorkload(authority, directory)
    for (let attempt = 0; attempt < 12; attempt += 1) {
      authority.failures.push({ call: 'roots', error: aFailure('unavailable', 'cannot reach the authority') })
    }
    authority.failures.push({ call: 'sign', error: aFailure('unavailable', 'not ready', 7) })
    const waits: number[] = []
    await bootstrap(withWaits(workload, waits))
    expect(waits).toHaveLength(13)
    expect(waits[0]).toBeLessThanOrEqual(125)
    expect(waits[11]).toBeGreaterThanOrEqual(5000)
    expect(waits[12]).toBeGreaterThanOrEqual(7000)
    expect(workload.log.lines.filter(({ message }) => message === 'no certificate yet, trying again')).toHaveLength(13)
    // Each attempt reads the token anew, because the kubelet replaces it.
    expect(authority.tokens).toEqual(['token-2'])
    expect(certificateIn(directory).names.dns).toEqual(['web.shop.svc'])
  })

  it.each(['forbidden', 'malformed', 'refused', 'not-found'] as const)(
    'gives up where the authority answers %s',
    async (code) => {
      const failure = aFailure(code, 'the authority answered 4xx: no')
      authority.failures.push({ call: 'sign', error: failure })
      await expect(bootstrap(withWaits(aWorkload(authority, directory)))).rejects.toBe(failure)
      expect(() => read('site.crt')).toThrow('ENOENT')
    },
  )

  it('shows a token that is not accepted again for ten seconds: its Provisioner may be new', async () => {
    const failure = aFailure('unauthorized', 'the authority answered 401: no')
    const workload = aWorkload(authority, directory)
    const waits: number[] = []
    const wait = async (milliseconds: number) => {
      waits.push(milliseconds)
      authority.now += milliseconds
    }
    authority.failures.push({ call: 'sign', error: failure })
    await bootstrap({ ...workload, wait })
    expect(waits).toEqual([2000])
    rmSync(join(directory, '..data'))
    for (let count = 0; count < 6; count += 1) authority.failures.push({ call: 'sign', error: failure })
    await expect(bootstrap({ ...workload, wait })).rejects.toBe(failure)
    expect(waits).toEqual(Array.from({ length: 6 }, () => 2000))
  })

  it('does nothing where a run before has left good files', async () => {
    await bootstrap(withWaits(aWorkload(authority, directory)))
    const { serial } = certificateIn(directory)
    const workload = aWorkload(authority, directory)
    authority.now += 23 * 3_600_000
    await bootstrap(withWaits(workload))
    expect(certificateIn(directory).serial).toBe(serial)
    expect(authority.calls).toEqual(['roots', 'sign'])
    expect(workload.log.lines.map(({ message }) => message)).toEqual(['certificate is there already'])
  })

  it.each([
    ['they have expired', () => (authority.now += 24 * 3_600_000)],
    ['they are damaged', () => rmSync(join(directory, '..data', 'site.key'))],
  ])('starts over where files are there but %s', async (_, spoil) => {
    await bootstrap(withWaits(aWorkload(authority, directory)))
    const { serial } = certificateIn(directory)
    spoil()
    await bootstrap(withWaits(aWorkload(authority, directory)))
    expect(certificateIn(directory).serial).not.toBe(serial)
  })

  it('starts over where the pod has got another IP', async () => {
    const request = aWorkloadRequest({ podIPs: true })
    await bootstrap(withWaits(aWorkload(authority, directory, request, ['10.0.0.1'])))
    await bootstrap(withWaits(aWorkload(authority, directory, request, ['10.0.0.2'])))
    expect(certificateIn(directory).names.ips).toEqual(['10.0.0.2'])
  })
})
