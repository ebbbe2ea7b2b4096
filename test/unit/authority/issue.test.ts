import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../src/authority/authority.ts'
import type { AuthorityConfig } from '../../../src/authority/config.ts'
import { prepareX509 } from '../../../src/authority/prepare-x509.ts'
import type { CertificateStore, Issuer } from '../../../src/authority/ports.ts'
import { SignetError } from '../../../src/core/errors.ts'
import { noNames } from '../../../src/core/names/names.ts'
import { issuerFactsOf } from '../../../src/core/x509/build.ts'
import { createName } from '../../../src/core/x509/name.ts'
import { aCa, aConfig, anAuthority, noon, someProvisioners } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { anAuthorityWithOps, ops, request } from './jwk-harness.ts'

const context = { requestId: 'r-1' }
const ca = aCa()
const content = {
  serial: '7',
  subject: createName({ commonName: 'web' }),
  names: { ...noNames, dns: ['web'] },
  notBefore: noon,
  notAfter: noon + 1000,
  spki: aCsr().spki,
  keyUsage: ['digitalSignature'],
  extKeyUsage: ['serverAuth'],
  extensions: [],
} as const

const withIssuer = (issuer: Issuer): AuthorityConfig =>
  aConfig({ ca: { ...ca, issuer }, provisioners: someProvisioners(ops) })

describe('a prepared certificate', () => {
  it('is signed once', async () => {
    const prepared = prepareX509(content, issuerFactsOf(ca.issuer.chain[0]))
    await ca.issuer.sign(prepared)
    expect(() => ca.issuer.sign(prepared)).toThrow(
      expect.objectContaining({ code: 'internal', message: 'prepared certificate was spent already' }),
    )
  })

  it('is not made of what may not be signed', () => {
    const outliving = { ...content, notAfter: ca.issuer.chain[0].notAfter + 1000, names: { ...noNames, dns: ['a b'] } }
    expect(() => prepareX509(outliving, issuerFactsOf(ca.issuer.chain[0]))).toThrow(
      expect.objectContaining({
        code: 'forbidden',
        reason: 'BadRequest',
        message: 'certificate would outlive its issuer; "a b" is not a valid DNS name',
      }),
    )
  })
})

describe('issuing', () => {
  it('records the certificate before the answer, and answers nothing that has the serial of another', async () => {
    const order: string[] = []
    const issuer: Issuer = {
      chain: ca.issuer.chain,
      sign(prepared) {
        order.push('sign')
        return ca.issuer.sign(prepared)
      },
    }
    const { store, ...rest } = anAuthority()
    const noting: CertificateStore = {
      ...store,
      async record(...args) {
        const outcome = await store.record(...args)
        order.push(outcome)
        return outcome
      },
    }
    const { clock, events, web: fetcher, webhooks, cluster } = rest
    const random = { bytes: (length: number) => new Uint8Array(length).fill(9) }
    const ports = {
      store: noting,
      clock,
      events,
      random,
      fetcher,
      webhooks,
      kubernetes: cluster,
      policy: cluster.policy,
    }
    const authority = createAuthority(ports, withIssuer(issuer))
    await authority.signX509(request(), context).then(() => order.push('answer'))
    expect(order).toEqual(['sign', 'recorded', 'answer'])
    await expect(authority.signX509(request(), context)).rejects.toMatchObject({
      code: 'internal',
      message: 'a random serial number was drawn twice',
    })
    expect(order.slice(3)).toEqual(['sign', 'serial-taken'])
  })

  it('hands out nothing that the issuing key did not sign', async () => {
    const other = aCa('Other')
    const { authority, store, events } = anAuthority(
      withIssuer({ chain: ca.issuer.chain, sign: (prepared) => other.issuer.sign(prepared) }),
    )
    await expect(authority.signX509(request(), context)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/^certificate \d+ is not signed by its issuer$/) as string,
    })
    expect([store.records, store.spent]).toEqual([[], []])
    expect(events.refusals).toMatchObject([{ reason: 'Internal' }])
    expect(events.issuedRecords).toEqual([])
  })

  it('hands out nothing that could not be recorded', async () => {
    const { authority, store, events } = anAuthorityWithOps()
    store.record = () => Promise.reject(new SignetError('unavailable', 'the disk is full'))
    await expect(authority.signX509(request(), context)).rejects.toMatchObject({ code: 'unavailable' })
    expect(events.refusals).toEqual([
      { operation: 'sign', requestId: 'r-1', reason: 'NotReady', message: 'the disk is full' },
    ])
  })

  it('tells of faults that nobody expected', async () => {
    const { authority, store, events } = anAuthorityWithOps()
    store.record = () => Promise.reject(new TypeError('x is not a function'))
    await expect(authority.signX509(request(), context)).rejects.toThrow(TypeError)
    expect(events.refusals).toEqual([
      { operation: 'sign', requestId: 'r-1', reason: 'Internal', message: 'x is not a function' },
    ])
  })
})

describe('reconfiguring', () => {
  it('replaces the configuration as a whole, for requests that begin after it', async () => {
    const { authority, store } = anAuthorityWithOps()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    store.createdAt = async () => {
      await promise
      return noon - 1000
    }
    const early = authority.signX509(request(), context)
    authority.reconfigure(aConfig())
    await expect(authority.signX509(request(), context)).rejects.toMatchObject({ reason: 'WrongAudience' })
    resolve(undefined)
    expect((await early).record.provisioner.name).toBe('ops')
    expect(authority.config().provisioners).toEqual([])
  })

  it('keeps the old one where the new one cannot work', () => {
    const { authority } = anAuthorityWithOps()
    const before = authority.config()
    expect(() => authority.reconfigure(aConfig({ dnsNames: [] }))).toThrow('dnsNames must not be empty')
    expect(authority.config()).toBe(before)
  })
})
