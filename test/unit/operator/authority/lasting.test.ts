import { describe, expect, it } from 'vitest'
import { secrets } from '../../../../src/operator/kinds.ts'
import { aRoot, aSecret, anIntermediate, keyPemOf, pemOf } from '../../../builders/ca-material.ts'
import { anAuthorityController, noon } from './harness.ts'

describe('the end of an intermediate', () => {
  it('is warned of', async () => {
    const it = anAuthorityController()
    it.put({ root: { generate: { duration: '8760h', keyAlgorithm: 'EC-P256' } } })
    await it.reconcile()
    expect(it.condition('IntermediateFresh')).toBeUndefined()
    it.clock.advance(250 * 86_400_000)
    await it.reconcile()
    expect(it.condition('IntermediateFresh')).toMatchObject({
      status: 'False',
      reason: 'EndsSoon',
      message: 'the intermediate ends at 2027-01-01T12:00:00Z, and every certificate with it: have a new one signed',
    })
    expect(it.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'EndsSoon' })
  })

  it('makes room for a new one that the root signs', async () => {
    const it = anAuthorityController()
    const root = aRoot(noon)
    const old = anIntermediate(root, noon - 2 * 365 * 86_400_000)
    const texts = { 'tls.key': keyPemOf(root), 'tls.crt': pemOf(root) }
    it.world.put(secrets, aSecret('signet-root', texts))
    it.world.put(
      secrets,
      aSecret('signet-intermediate', { 'tls.key': keyPemOf(old), 'tls.crt': pemOf(old), 'ca.crt': pemOf(root) }),
    )
    it.put()
    await it.reconcile()
    const { sha256, notAfter = '' } = it.authority()?.status?.intermediate ?? {}
    expect(sha256).not.toBe(old.certificate.fingerprint)
    expect(Date.parse(notAfter)).toBeGreaterThan(noon)
  })
})

describe('a configuration that no replica loads', () => {
  it('is asked about less and less, and often again when there is another', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    it.serve('something-older')
    for (const wait of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) expect(await it.reconcile()).toBe(wait)
    it.put({ dnsNames: ['ca.example.com'] })
    expect(await it.reconcile()).toBe(500)
  })

  it('is shown with what the replica says of it, until it is loaded', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    const message = 'db cannot be changed by a reload: restart the authority'
    const offered = (): string => it.authority()?.status?.configGeneration ?? ''
    it.serve('something-older', { generation: offered(), message })
    await it.reconcile()
    expect(it.condition('ConfigLoaded')).toMatchObject({
      status: 'False',
      reason: 'Refused',
      message:
        'replica "signet-0" keeps the configuration of before: db cannot be changed by a reload: restart the authority',
    })
    expect(it.condition('Ready')?.status).toBe('True')
    expect(it.events.at(-1)).toMatchObject({ type: 'Warning', reason: 'Refused' })
    it.serve(offered())
    await it.reconcile()
    expect(it.condition('ConfigLoaded')).toBeUndefined()
  })

  it.each([{ generation: 'something-else' }, {}])('is not blamed for the refusal of another one: %o', async (other) => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    it.serve('something-older', { ...other, message: 'dnsNames[0] is not valid' })
    await it.reconcile()
    expect(it.condition('ConfigLoaded')).toBeUndefined()
  })
})
