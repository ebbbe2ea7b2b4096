import { beforeEach, describe, expect, it } from 'vitest'
import {
  authorities,
  certificatePolicies,
  certificates,
  provisioners,
  type Authority,
  type Certificate,
  type CertificatePolicy,
  type KubernetesObject,
} from '../../../src/core/resources/index.ts'
import { certificateIndexes } from '../../../src/operator/controllers/certificate/indexes.ts'
import type { Informers } from '../../../src/operator/informers.ts'
import {
  namespaces,
  ownedKinds,
  pods,
  secrets,
  webhookConfigurations,
  type OwnedKind,
} from '../../../src/operator/kinds.ts'
import { labels } from '../../../src/operator/names.ts'
import { controllerNames, type ControllerName, type Informer, type WorkQueue } from '../../../src/operator/ports.ts'
import { connectTriggers } from '../../../src/operator/triggers.ts'
import { aCertificate, anAuthorityObject, aProvisioner } from '../../builders/resources.ts'
import { createFakeAuthority } from '../../fakes/certificate-authority.ts'
import { createObjectWorld } from '../../fakes/object-world.ts'

const namespace = 'signet-system'
const labelled =
  (label: string) =>
  ({ metadata }: KubernetesObject) =>
    metadata?.labels?.[label] !== undefined

/** The triggers over an API server in memory; `woken` is what they put into the queues, as `controller key`. */
function theTriggers() {
  const world = createObjectWorld()
  const woken: string[] = []
  const insisted: string[] = []
  const ofAuthority = { select: labelled(labels.authority) }
  const informers: Informers = {
    authorities: world.inform<Authority>(authorities),
    provisioners: world.inform(provisioners),
    namespaces: world.inform(namespaces),
    policies: world.inform<CertificatePolicy>(certificatePolicies),
    certificates: world.inform<Certificate>(certificates, { indexes: certificateIndexes }),
    certificateSecrets: world.inform<KubernetesObject>(secrets, { select: labelled(labels.certificateUid) }),
    authoritySecrets: world.inform<KubernetesObject>(secrets, ofAuthority),
    pods: world.inform(pods, ofAuthority),
    owned: Object.fromEntries(
      Object.entries(ownedKinds).map(([kind, row]) => [kind, world.inform(row, ofAuthority)]),
    ) as Record<OwnedKind, Informer<KubernetesObject>>,
    webhookConfigurations: world.inform(webhookConfigurations),
  }
  const queues = Object.fromEntries(
    controllerNames.map((name): [ControllerName, WorkQueue] => [
      name,
      {
        add: (key) => void woken.push(`${name} ${key}`),
        addAfter: (key, delayMs) => void woken.push(`${name} ${key} in ${delayMs}`),
      },
    ]),
  ) as Record<ControllerName, WorkQueue>
  connectTriggers({ informers, queues, insist: ({ name }) => void insisted.push(name) })
  return { world, insisted, take: () => woken.splice(0).toSorted() }
}

describe('what wakes whom', () => {
  let its: ReturnType<typeof theTriggers>
  const ca = createFakeAuthority(0)
  const refused = { nextAttemptTime: '2026-01-01T12:00:00Z' }

  beforeEach(() => {
    its = theTriggers()
    its.world.put(authorities, anAuthorityObject(ca))
    its.world.put(provisioners, aProvisioner())
    its.world.put(certificates, aCertificate())
    its.world.put(webhookConfigurations, { metadata: { name: 'signet' } })
    its.take()
  })

  it('a new Certificate: itself', () => {
    its.world.put(certificates, aCertificate({ secretName: 'other' }, { name: 'new', uid: 'uid-new' }))
    expect(new Set(its.take())).toEqual(new Set(['certificate shop/new']))
  })

  it('a status of a Certificate: nobody', () => {
    its.world.put(certificates, { ...aCertificate(), status: { revision: 1 } })
    expect(its.take()).toEqual([])
  })

  it('a Certificate that goes: whoever wants the same Secret', () => {
    its.world.put(certificates, aCertificate({}, { name: 'rival', uid: 'uid-rival' }))
    its.take()
    its.world.remove(certificates, { namespace: 'shop', name: 'web' })
    expect(its.take()).toEqual(['certificate shop/rival', 'certificate shop/web'])
  })

  it('a Secret of a Certificate, changed and deleted: whoever writes it', () => {
    const metadata = { name: 'web-tls', namespace: 'shop', labels: { [labels.certificateUid]: 'uid-web' } }
    its.world.put(secrets, { metadata })
    expect(its.take()).toEqual(['certificate shop/web'])
    its.world.remove(secrets, metadata)
    expect(its.take()).toEqual(['certificate shop/web'])
  })

  it('other roots of an Authority: its Provisioners, its Certificates and the webhook', () => {
    const { status, ...rest } = anAuthorityObject(ca)
    its.world.put(authorities, { ...rest, status: { ...status, roots: [] } })
    expect(its.take()).toEqual(['certificate shop/web', 'provisioner kubernetes', 'webhook signet'])
  })

  it('what the replicas of an Authority have loaded: its Provisioners', () => {
    const { status, ...rest } = anAuthorityObject(ca)
    its.world.put(authorities, { ...rest, status: { ...status, replicas: [{ name: 'signet-0' }] } })
    expect(its.take()).toEqual(['provisioner kubernetes'])
  })

  it('another spec of an Authority: itself', () => {
    const authority = anAuthorityObject(ca)
    its.world.put(authorities, { ...authority, spec: { ...authority.spec, dnsNames: ['ca.example.com'] } })
    expect(its.take()).toEqual(['authority signet', 'provisioner kubernetes'])
  })

  it('another spec of a Provisioner: itself, its Authority, and refused Certificates a little later', () => {
    its.world.put(certificates, { ...aCertificate(), status: refused })
    its.world.put(provisioners, aProvisioner({ claims: { maxTLSCertDuration: '48h' } }))
    expect(its.take()).toEqual(['authority signet', 'certificate shop/web in 2000', 'provisioner kubernetes'])
    expect(its.insisted).toEqual(['web'])
  })

  it('the audience of a Provisioner: the Certificates of its Authority', () => {
    its.world.put(provisioners, { ...aProvisioner(), status: {} })
    expect(its.take()).toEqual(['certificate shop/web'])
  })

  it('other claims of an Authority: refused Certificates a little later', () => {
    its.world.put(certificates, { ...aCertificate(), status: refused })
    its.take()
    const authority = anAuthorityObject(ca)
    its.world.put(authorities, { ...authority, spec: { ...authority.spec, claims: { maxTLSCertDuration: '48h' } } })
    expect(its.take()).toEqual(['authority signet', 'certificate shop/web in 2000', 'provisioner kubernetes'])
    expect(its.insisted).toEqual(['web'])
  })

  it('other labels of a namespace: the refused Certificates in it a little later', () => {
    its.world.put(namespaces, { metadata: { name: 'shop' } })
    its.world.put(namespaces, { metadata: { name: 'bank' } })
    its.world.put(certificates, { ...aCertificate(), status: refused })
    its.take()
    its.world.put(namespaces, { metadata: { name: 'bank', labels: { team: 'a' } } })
    expect(its.take()).toEqual([])
    its.world.put(namespaces, { metadata: { name: 'shop', labels: { team: 'a' } } })
    expect(its.take()).toEqual(['certificate shop/web in 2000'])
    expect(its.insisted).toEqual(['web'])
  })

  it('a policy: refused Certificates a little later, others not at all', () => {
    its.world.put(certificates, { ...aCertificate({}, { name: 'refused', uid: 'uid-refused' }), status: refused })
    its.take()
    its.world.put<KubernetesObject>(certificatePolicies, { metadata: { name: 'web' } })
    expect(its.take()).toEqual(['certificate shop/refused in 2000', 'policy web'])
    expect(its.insisted).toEqual(['refused'])
  })

  it('labels of a namespace: the policies, which may select it now', () => {
    its.world.put<KubernetesObject>(certificatePolicies, { metadata: { name: 'web' } })
    its.take()
    its.world.put(namespaces, { metadata: { name: 'shop', labels: { team: 'a' } } })
    its.world.put(namespaces, { metadata: { name: 'shop', labels: { team: 'a' }, annotations: { a: 'b' } } })
    expect(its.take()).toEqual(['policy web'])
  })

  it.each([
    ['a pod', pods],
    ['a Secret', secrets],
    ['a StatefulSet', ownedKinds.StatefulSet],
    ['a Service', ownedKinds.Service],
  ] as const)('%s of an Authority: it', (_, kind) => {
    const metadata = { name: 'signet', namespace, labels: { [labels.authority]: 'signet' } }
    its.world.put<KubernetesObject>(kind, { metadata })
    expect(its.take()).toEqual(['authority signet'])
  })

  it('the webhook’s configuration: its caBundle', () => {
    its.world.put(webhookConfigurations, { metadata: { name: 'signet', labels: { a: 'b' } } })
    expect(its.take()).toEqual(['webhook signet'])
  })
})
