import { generateKeyPairSync } from 'node:crypto'
import { createKeyIssuer } from '../../src/adapters/keys/key-issuer.ts'
import { createAuthority, type Authority } from '../../src/authority/authority.ts'
import type { AuthorityConfig } from '../../src/authority/config.ts'
import { readProvisioners } from '../../src/authority/provisioners/index.ts'
import type { Issuer } from '../../src/authority/ports.ts'
import { builtInClaims } from '../../src/core/claims.ts'
import { readJson } from '../../src/core/json-reader.ts'
import type { Certificate } from '../../src/core/x509/certificate.ts'
import {
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../src/core/x509/certificate-authority.ts'
import { countingRandom } from '../fakes/counting-random.ts'
import { fakeWeb, type FakeWeb } from '../fakes/fake-web.ts'
import { fakeWebhooks, type FakeWebhooks } from '../fakes/fake-webhooks.ts'
import { fakeKubernetes, type FakeKubernetes } from '../fakes/fake-kubernetes.ts'
import { manualClock, type ManualClock } from '../fakes/manual-clock.ts'
import { memoryStore, type MemoryStore } from '../fakes/memory-store.ts'
import { recordedEvents, type RecordedEvents } from '../fakes/recorded-events.ts'

export const noon = Date.UTC(2026, 0, 1, 12)
const day = 24 * 3_600_000

export type TestCa = { readonly root: Certificate; readonly issuer: Issuer }

/** A root and an intermediate, valid for ten years around noon unless `notAfter` says when the intermediate ends. */
export function aCa(name = 'Test', notAfter = noon + 1000 * day): TestCa {
  const [rootKey, key] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  if (rootKey === undefined || key === undefined) throw new Error('no keys')
  const notBefore = noon - 10 * day
  const root = createRootCertificate({
    subject: authoritySubject(name, 'Root'),
    serial: '1',
    notBefore,
    notAfter: noon + 3650 * day,
    privateKey: rootKey.privateKey,
  })
  const intermediate = createIntermediateCertificate({
    subject: authoritySubject(name, 'Intermediate'),
    serial: '2',
    notBefore,
    notAfter,
    spki: key.publicKey.export({ type: 'spki', format: 'der' }),
    issuer: root,
    issuerKey: rootKey.privateKey,
  })
  return { root, issuer: createKeyIssuer([intermediate], key.privateKey) }
}

const sharedCa = aCa()

/** The configuration of a test authority on `ca.example.com`. */
export function aConfig(changes: Partial<AuthorityConfig> & { readonly ca?: TestCa } = {}): AuthorityConfig {
  const { ca = sharedCa, ...rest } = changes
  return {
    dnsNames: ['ca.example.com'],
    commonName: 'Step Online CA',
    roots: [ca.root],
    federatedRoots: [],
    issuer: ca.issuer,
    claims: builtInClaims,
    backdate: 60_000,
    disableIssuedAtCheck: false,
    provisioners: [],
    crl: undefined,
    urls: undefined,
    ocsp: undefined,
    policy: undefined,
    kubernetes: { trustDomain: 'cluster.local', clusterDomain: 'cluster.local' },
    ...rest,
  }
}

/** Provisioners from their ca.json. */
export function someProvisioners(...json: readonly unknown[]): AuthorityConfig['provisioners'] {
  return readJson(json, 'provisioners', readProvisioners)
}

export type TestAuthority = {
  readonly authority: Authority
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly events: RecordedEvents
  readonly cluster: FakeKubernetes
  readonly web: FakeWeb
  readonly webhooks: FakeWebhooks
}

/** A real authority over fakes, at noon, with a store made an hour before. */
export function anAuthority(config: AuthorityConfig = aConfig()): TestAuthority {
  const clock = manualClock(noon)
  const store = memoryStore(noon - 3_600_000)
  const events = recordedEvents()
  const cluster = fakeKubernetes()
  const random = countingRandom()
  const web = fakeWeb()
  const webhooks = fakeWebhooks()
  const ports = { store, clock, random, events, fetcher: web, webhooks, kubernetes: cluster, policy: cluster.policy }
  return { authority: createAuthority(ports, config), clock, store, events, cluster, web, webhooks }
}
