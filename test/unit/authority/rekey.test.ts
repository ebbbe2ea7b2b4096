import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { PresentedChain } from '../../../src/authority/client-certificate.ts'
import type { IssuedX509 } from '../../../src/authority/issue-x509.ts'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { parseCertificateRequest } from '../../../src/core/x509/csr.ts'
import { extensionOids } from '../../../src/core/x509/oids.ts'
import { subjectKeyIdOf } from '../../../src/core/x509/public-key.ts'
import { aConfig, anAuthority, noon, someProvisioners } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import { anAuthorityWithOps, ops, request } from './jwk-harness.ts'
import { eachWithCluster } from './k8s-sa-harness.ts'

const context = { requestId: 'r-9' }
const presented = ({ chain }: IssuedX509): PresentedChain => [chain[0].der]
const hour = 3_600_000
const anEcKey = (namedCurve = 'P-256'): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey
const spkiOf = (key: KeyObject): Uint8Array => createPublicKey(key).export({ type: 'spki', format: 'der' })
const hex = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('hex')

describe('rekey', () => {
  it('gives the same certificate for another key, whatever else the CSR says', async () => {
    const test = anAuthorityWithOps()
    const first = await test.authority.signX509(request({ notAfter: { kind: 'in', in: hour } }), context)
    test.clock.advance(hour / 2)
    const privateKey = anEcKey('P-384')
    const csr = aCsr({ privateKey, subject: { commonName: 'evil.test' }, sans: ['evil.test'], isCA: true })
    const second = await test.authority.rekeyX509(presented(first), csr, context)
    const [old, renewed] = [first.chain[0], second.chain[0]]
    expect([renewed.notBefore, renewed.notAfter]).toEqual([noon + hour / 2 - 60_000, noon + hour / 2 + hour])
    expect(hex(renewed.spki)).toBe(hex(spkiOf(privateKey)))
    expect(hex(renewed.subjectKeyId)).toBe(hex(subjectKeyIdOf(renewed.spki)))
    expect(hex(renewed.subject.der)).toBe(hex(old.subject.der))
    const keyIds = new Set<string>([extensionOids.authorityKeyId, extensionOids.subjectKeyId])
    const others = ({ extensions }: typeof old) =>
      extensions
        .filter(({ oid }) => !keyIds.has(oid))
        .map(({ oid, critical, value }) => `${oid} ${critical} ${hex(value)}`)
        .toSorted()
    expect(others(renewed)).toEqual(others(old))
    expect(second.record).toMatchObject({ renews: old.serial, issuedTo: first.record.issuedTo })
    expect(second.record.publicKeySha256).not.toBe(first.record.publicKeySha256)
    expect(test.events.issuedRecords[1]?.context).toEqual({ operation: 'rekey', requestId: 'r-9' })
    await test.authority.renewX509(presented(second), context)
  })

  it('requires a good key and proof that the caller has it, after a good certificate', async () => {
    const test = anAuthorityWithOps()
    const first = await test.authority.signX509(request(), context)
    const der = Buffer.from(aCsr({ privateKey: anEcKey() }).der)
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
    const broken = parseCertificateRequest(der)
    await expect(test.authority.rekeyX509(presented(first), broken, context)).rejects.toMatchObject({
      code: 'malformed',
      message: 'invalid csr',
    })
    const short = aCsr({ privateKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey })
    await expect(test.authority.rekeyX509(presented(first), short, context)).rejects.toMatchObject({
      code: 'malformed',
      reason: 'KeyNotAllowed',
    })
    test.store.forget(first.chain[0].serial)
    await expect(test.authority.rekeyX509(presented(first), broken, context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RecordMissing',
    })
    expect(test.events.refusals.map(({ operation }) => operation)).toEqual(['rekey', 'rekey', 'rekey'])
    expect(test.store.records).toHaveLength(1)
  })

  it('is refused where renewals are', async () => {
    const claims = { disableRenewal: true }
    const test = anAuthority(aConfig({ provisioners: someProvisioners({ ...ops, claims }) }))
    const first = await test.authority.signX509(request(), context)
    await expect(test.authority.rekeyX509(presented(first), aCsr(), context)).rejects.toMatchObject({
      code: 'unauthorized',
      reason: 'RenewalDisabled',
    })
  })
})

describe('rekey for a pod or Certificate', () => {
  const test = eachWithCluster()

  it('asks policy about the new key', async () => {
    const first = await test.current.sign()
    const rekey = () => test.current.authority.rekeyX509(presented(first), aCsr({ privateKey: anEcKey() }), context)
    expect((await rekey()).record.issuedTo).toEqual(first.record.issuedTo)
    const allow = { dnsNames: ['*.svc', '*.cluster.local'], keyAlgorithms: ['Ed25519' as const] }
    test.current.cluster.policy.rules = [policyRule('web', aPolicySpec({ allow }))]
    await expect(rekey()).rejects.toMatchObject({ code: 'forbidden', reason: 'NameNotAllowed' })
  })

  it('takes no other kind of key than the one that was asked for', async () => {
    for (const first of [await test.current.sign(), await test.current.signCertificate()]) {
      const csr = aCsr({ privateKey: anEcKey('P-384') })
      await expect(test.current.authority.rekeyX509(presented(first), csr, context)).rejects.toMatchObject({
        code: 'unauthorized',
        reason: 'RequestExceedsWish',
        message: 'key algorithm EC-P384 is not EC-P256, which the certificate was issued for',
      })
    }
  })
})
