import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { commonNameOf } from '../../../src/core/x509/name.ts'
import { noon } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { provisionerOf } from '../../builders/provisioner-extension.ts'
import { aClusterAuthority, aPod, eachWithCluster, identity, kubernetes, wish } from './k8s-sa-harness.ts'

const test = eachWithCluster()
const pod = { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'a-1' } as const
const setPod = (changes: Parameters<typeof aPod>[0]) => test.current.cluster.pods.set('shop/web-0', aPod(changes))
const setWish = (changes: object) => setPod({ request: JSON.stringify({ ...wish, ...changes }) })

describe('sign for a pod', () => {
  it('issues the whole wish to a CSR without names', async () => {
    const { chain, record } = await test.current.sign()
    expect(chain[0].names).toEqual({
      dns: ['web.shop.svc', 'web.shop.svc.cluster.local'],
      ips: [],
      emails: [],
      uris: [identity],
    })
    expect(provisionerOf(chain[0].extensions)).toMatchObject({ type: 8, name: 'kubernetes', credentialId: '' })
    expect(record).toMatchObject({
      provisioner: { id: 'k8ssa/kubernetes', name: 'kubernetes', type: 'K8sSA' },
      issuedTo: { kind: 'pod', namespace: 'shop', name: 'web-0', uid: 'a-1', serviceAccount: 'web' },
      rule: 'default',
      notAfter: noon + 86_400_000,
    })
    expect(test.current.events.issuedRecords[0]?.context).toEqual({
      operation: 'sign',
      requestId: 'r-1',
      regarding: pod,
    })
    expect(test.current.cluster.calls).toEqual(['reviewToken', 'getPod shop/web-0'])
    expect(test.current.store.spent).toEqual(['jti-1'])
  })

  it('issues less where the CSR asks for less', async () => {
    const { chain } = await test.current.sign({
      csr: aCsr({ sans: ['web.shop.svc'], subject: { commonName: 'web.shop.svc' } }),
    })
    expect(chain[0].names).toEqual({ dns: ['web.shop.svc'], ips: [], emails: [], uris: [] })
    expect(commonNameOf(chain[0].subject)).toBe('web.shop.svc')
  })

  it('gives a pod without a wish its own identity only', async () => {
    const { request: _, ...bare } = aPod()
    test.current.cluster.pods.set('shop/web-0', bare)
    const { chain } = await test.current.sign()
    expect(chain[0].names).toEqual({ dns: [], ips: [], emails: [], uris: [identity] })
    await expect(test.current.sign({ csr: aCsr({ sans: ['web.shop.svc'] }) })).rejects.toMatchObject({
      reason: 'RequestExceedsWish',
    })
  })

  it('takes common name and duration from the wish', async () => {
    setWish({ commonName: 'web.shop.svc', duration: '48h' })
    const { chain } = await test.current.sign()
    expect(commonNameOf(chain[0].subject)).toBe('web.shop.svc')
    expect(chain[0].notAfter - noon).toBe(48 * 3_600_000)
  })

  it('lets the request shorten the life, never lengthen it', async () => {
    const { chain } = await test.current.sign({ notAfter: { kind: 'in', in: 3_600_000 } })
    expect(chain[0].notAfter).toBe(noon + 3_600_000)
    await expect(test.current.sign({ notAfter: { kind: 'in', in: 90_000_000 } })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
      message: 'a life of 25h1m0s is asked for, longer than the 24h0m0s that was fixed',
    })
  })

  it('begins now, whatever start is asked for', async () => {
    setWish({ duration: '1h' })
    for (const days of [900, -80]) {
      const { chain } = await test.current.sign({ notBefore: { kind: 'in', in: days * 86_400_000 } })
      expect([chain[0].notBefore, chain[0].notAfter]).toEqual([noon - 60_000, noon + 3_600_000])
    }
  })

  it('gives the IPs that the API shows, and asks to wait until it does', async () => {
    setPod({ request: JSON.stringify({ ...wish, podIPs: true }), podIPs: [] })
    await expect(test.current.sign()).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'NotReady',
      retryAfterSeconds: 1,
      message: 'the API server does not show the IP addresses of pod shop/web-0 yet',
      regarding: pod,
    })
    expect(test.current.store.spent).toEqual([])
    setPod({ request: JSON.stringify({ ...wish, podIPs: true }), podIPs: ['10.1.0.7', 'FD00::7'] })
    const { chain } = await test.current.sign()
    expect(chain[0].names.ips).toEqual(['10.1.0.7', 'fd00::7'])
  })

  it('uses a token again, ten times in a minute and pod', async () => {
    for (let use = 0; use < 10; use++) await test.current.sign()
    await expect(test.current.sign()).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'TooManyUses',
      retryAfterSeconds: 60,
      message: 'more than 10 requests within 60 s',
    })
    test.current.clock.advance(60_000)
    await test.current.sign()
    expect(test.current.store.records).toHaveLength(11)
  })

  it('does not mind a token that is older than the store', async () => {
    test.current.clock.advance(-7_200_000)
    await test.current.sign()
    expect(test.current.store.records).toHaveLength(1)
  })

  it('requires the connection to come from the pod where that is asked for', async () => {
    test.current = aClusterAuthority({ ...kubernetes, signet: { ...kubernetes.signet, requireSourceAddress: true } })
    await test.current.sign({}, '::ffff:10.1.0.7')
    await test.current.sign({}, '10.1.0.7')
    const message = (from: string) => `the connection comes from ${from}, which is no IP of pod shop/web-0`
    for (const [address, from] of [
      ['10.1.0.8', '10.1.0.8'],
      [undefined, 'an unknown address'],
    ] as const) {
      await expect(test.current.sign({}, address)).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'SourceAddressMismatch',
        message: message(from),
        regarding: pod,
      })
    }
  })
})

describe('sign for a pod: the CSR exceeds the wish', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rows: readonly (readonly [string, () => Parameters<typeof aCsr>[0], string])[] = [
    ['DNS name of another pod', () => ({ sans: ['db.shop.svc'] }), 'DNS name "db.shop.svc"'],
    ['IP address', () => ({ sans: ['10.1.0.7'] }), 'IP address "10.1.0.7"'],
    ['e-mail address', () => ({ sans: ['a@b.c'] }), 'e-mail address "a@b.c"'],
    ['URI', () => ({ sans: ['https://a.b/'] }), 'URI "https://a.b/"'],
    ['common name', () => ({ subject: { commonName: 'db' } }), 'common name "db"'],
    ['subject', () => ({ subject: { organization: ['system:masters'] } }), 'subject attribute organization'],
    ['isCA', () => ({ isCA: true }), 'isCA'],
    ['key', () => ({ privateKey }), 'key algorithm RSA-2048'],
  ]
  it.each(rows)('%s', async (_, options, excess) => {
    const message = `the certificate request has ${excess}, which pod shop/web-0 does not ask for`
    await expect(test.current.sign({ csr: aCsr(options()) })).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RequestExceedsWish',
      message,
      regarding: pod,
    })
    expect(test.current.store.spent).toEqual([])
  })

  it('tells the faults of a wish that was written by hand', async () => {
    setPod({ request: '{"dnsNames":["a b"],"x":1}' })
    await expect(test.current.sign()).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('SIGNET_REQUEST.dnsNames[0] is not valid: "a b" is not a DNS name') as string,
      regarding: pod,
    })
  })
})
