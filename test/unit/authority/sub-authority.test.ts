import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKeyIssuer } from '../../../src/adapters/keys/key-issuer.ts'
import { noNames } from '../../../src/core/names/names.ts'
import { policyRule } from '../../../src/core/policy/rules.ts'
import { authoritySubject, createRootCertificate } from '../../../src/core/x509/certificate-authority.ts'
import { nameConstraintViolation } from '../../../src/core/x509/name-constraints.ts'
import { noon } from '../../builders/authority.ts'
import { aPolicySpec } from '../../builders/policy.ts'
import { aCertificate, aClusterAuthority, kubernetes } from './k8s-sa-harness.ts'

const day = 24 * 3_600_000

/** An authority whose issuer may sign CAs, which no intermediate of ours may. */
function anAuthorityOfAuthorities() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = authoritySubject('Test', 'Root')
  const root = createRootCertificate({
    subject,
    serial: '1',
    privateKey,
    notBefore: noon - day,
    notAfter: noon + 900 * day,
  })
  const cluster = aClusterAuthority(kubernetes, { roots: [root], issuer: createKeyIssuer([root], privateKey) })
  const nameConstraints = { permittedDNSDomains: ['shop.svc'] }
  const allow = { commonNames: ['*'], isCA: true, nameConstraints }
  cluster.cluster.policy.rules = [policyRule('cas', aPolicySpec({ allow }))]
  cluster.cluster.certificates.set('shop/web', aCertificate({ dnsNames: [], commonName: 'Sub CA', isCA: true }))
  return cluster
}

test('a CA that policy allows certifies names in its DNS domains and no other', async () => {
  const { chain } = await anAuthorityOfAuthorities().signCertificate()
  const [ca] = chain
  const refusal = (names: Partial<typeof noNames>) =>
    ca.nameConstraints && nameConstraintViolation({ ...noNames, ...names }, ca.nameConstraints)
  expect(refusal({ dns: ['a.shop.svc'] })).toBeUndefined()
  expect(refusal({ dns: ['a.other.svc'] })).toBe('DNS name "a.other.svc" is not permitted by any constraint')
  expect(refusal({ ips: ['10.0.0.1'] })).toBe('IP address "10.0.0.1" is excluded by constraint "0.0.0.0/0"')
  expect(refusal({ ips: ['fd00::1'] })).toBe('IP address "fd00::1" is excluded by constraint "::/0"')
  expect(refusal({ emails: ['a@shop.svc'] })).toBe('e-mail address "a@shop.svc" is not permitted by any constraint')
  const identity = 'spiffe://cluster.local/ns/kube-system/sa/admin'
  expect(refusal({ uris: [identity] })).toBe(`URI "${identity}" is not permitted by any constraint`)
})

test('a CA is not renewed, for it would keep the constraints of its time', async () => {
  const cluster = anAuthorityOfAuthorities()
  const { chain } = await cluster.signCertificate()
  await expect(cluster.authority.renewX509([chain[0].der], { requestId: 'r-9' })).rejects.toMatchObject({
    code: 'unauthorized',
    reason: 'RenewalDisabled',
    message: 'CA certificates are not renewed: ask for a new one, under the constraints of today',
  })
})
