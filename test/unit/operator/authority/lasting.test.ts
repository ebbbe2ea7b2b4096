import { describe, expect, it } from 'vitest'
import { SignetError } from '../../../../src/core/errors.ts'
import { provisioners } from '../../../../src/core/resources/index.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { configProblem } from '../../../../src/operator/controllers/authority/check-config.ts'
import { renderConfig } from '../../../../src/operator/controllers/authority/render/config.ts'
import { secrets } from '../../../../src/operator/kinds.ts'
import { aRoot, aSecret, anIntermediate, keyPemOf, pemOf, spkiOf } from '../../../builders/ca-material.ts'
import { aProvisioner } from '../../../builders/resources.ts'
import { signedBy } from '../../../builders/x509.ts'
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

describe('a configuration that no replica could load', () => {
  const policy = { x509: { allow: { dns: ['*'] } } }
  const fault = 'spec.policy.x509.allow.dns[0] is not valid: '

  it('is not written: what was there goes on, and Provisioners are told', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    const before = it.secret('signet-config')?.data
    it.serve(it.authority()?.status?.configGeneration)
    it.world.calls.splice(0)
    it.put({ policy, crl: { enabled: true, generateOnRevoke: true, cacheDuration: '24h' } })
    await it.reconcile()
    expect(it.world.writes()).toEqual(['apply Authority/status signet'])
    expect(it.secret('signet-config')?.data).toEqual(before)
    expect(it.condition('Ready')?.status).toBe('True')
    expect(it.condition('ConfigLoaded')).toMatchObject({ status: 'False', reason: 'Invalid' })
    expect(it.condition('ConfigLoaded')?.message).toContain(fault)
    it.put()
    await it.reconcile()
    expect(it.condition('ConfigLoaded')).toBeUndefined()
  })

  it('starts nothing where nothing was there', async () => {
    const it = anAuthorityController()
    it.put({ policy })
    await it.reconcile()
    expect(it.world.writes().filter((write) => write.includes('StatefulSet') || write.includes('config'))).toEqual([])
    expect(it.condition('Ready')).toMatchObject({ status: 'False', reason: 'Invalid' })
    expect(it.condition('Ready')?.message).toContain(fault)
  })

  it.each([
    ['claims', { claims: { minTLSCertDuration: '48h' } }, 'spec.claims claims: MaxCertDuration cannot be less'],
    [
      'a list',
      { crl: { enabled: true, generateOnRevoke: true, cacheDuration: '1h', renewPeriod: '2h' } },
      'spec.crl.renewPeriod must not be above cacheDuration',
    ],
    ['OCSP', { ocsp: { enabled: true, validity: '13h' } }, 'spec.ocsp.validity must be from 1m to 12h'],
    ['URLs', { urls: { crl: ['ldap://ca'] } }, 'spec.urls.crl[0] must be a URL that begins with http:// or https://'],
  ])('is told by the field: %s', async (_, spec, message) => {
    const it = anAuthorityController()
    it.put(spec)
    await it.reconcile()
    expect(it.condition('ConfigLoaded')?.message).toContain(message)
  })

  it('is one with lists by an intermediate that may not sign any', () => {
    const issuer = anIntermediate(aRoot(noon), noon)
    const leaf = signedBy(issuer.certificate, issuer.key, {
      serial: '9',
      subject: createName({ commonName: 'Sub' }),
      names: noNames,
      notBefore: noon,
      notAfter: noon + 3_600_000,
      spki: spkiOf(issuer.key),
      keyUsage: ['certSign'],
      extKeyUsage: [],
      basicConstraints: { isCA: true },
      extensions: [],
    })
    const crl = { enabled: true, generateOnRevoke: true, cacheDuration: '24h' }
    const it = anAuthorityController()
    it.put({ crl })
    const authority = it.authority()
    if (authority === undefined) throw new Error('no Authority')
    const config = renderConfig(authority, [], 'signet-system')
    expect(configProblem(config, { chain: [leaf], roots: [] })).toBe(
      'spec.crl.enabled needs an intermediate with the key usage crlSign',
    )
    expect(configProblem(config, { chain: [issuer.certificate], roots: [] })).toBeUndefined()
  })

  it('is one that is larger than a Secret', async () => {
    const it = anAuthorityController()
    it.put()
    await it.reconcile()
    it.world.put(provisioners, aProvisioner({ claims: { maxTLSCertDuration: '48h' } }))
    const tooLong = new SignetError('malformed', 'data: Too long: may not be more than 1048576 bytes')
    it.world.failNext('apply Secret', tooLong)
    await it.reconcile()
    expect(it.condition('ConfigLoaded')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
      message: 'Secret "signet-config": data: Too long: may not be more than 1048576 bytes',
    })
    await it.reconcile()
    expect(it.condition('ConfigLoaded')).toBeUndefined()
  })
})
