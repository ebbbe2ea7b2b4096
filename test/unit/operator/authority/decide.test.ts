import { describe, expect, it } from 'vitest'
import type { Authority } from '../../../../src/core/resources/index.ts'
import { decideMaterial } from '../../../../src/operator/controllers/authority/decide.ts'
import { readMaterial, type CaMaterial } from '../../../../src/operator/controllers/authority/material.ts'
import {
  aRoot,
  anIntermediate,
  aSecret,
  keyPemOf,
  pemOf,
  spkiOf,
  type TestLevel,
} from '../../../builders/ca-material.ts'
import { anAuthoritySpec } from '../../../builders/resources.ts'
import { noon } from './harness.ts'

const root = aRoot(noon)
const intermediate = anIntermediate(root, noon)
const absent: CaMaterial = { state: 'absent' }

const read = (name: string, texts: Record<string, string>, labels?: Record<string, string>): CaMaterial =>
  readMaterial(aSecret(name, texts, labels), 'signet')
const rootSecret = (level: TestLevel = root) =>
  read('signet-root', { 'tls.key': keyPemOf(level), 'tls.crt': pemOf(level) })
const active = read('signet-intermediate', {
  'tls.key': keyPemOf(intermediate),
  'tls.crt': pemOf(intermediate),
  'ca.crt': pemOf(root),
})
const keyOnly = read('signet-intermediate', { 'tls.key': keyPemOf(intermediate), 'tls.crt': '' })

const anAuthority = (rootSpec: Authority['spec']['root'], status?: Authority['status']): Authority => ({
  apiVersion: 'signet.dev/v1',
  kind: 'Authority',
  metadata: { name: 'signet' },
  spec: anAuthoritySpec({ root: rootSpec }),
  ...(status !== undefined && { status }),
})
const generated = anAuthority({ generate: { duration: '87600h', keyAlgorithm: 'EC-P256' } })
const known = { roots: [{ certificate: pemOf(root), sha256: '', notAfter: '' }] }
const knownGenerated = anAuthority(generated.spec.root, known)
const brought = anAuthority({ secret: { name: 'my-root' } })
const external = (intermediateCertificate?: string) =>
  anAuthority({
    external: {
      rootCertificates: pemOf(root),
      ...(intermediateCertificate !== undefined && { intermediateCertificate }),
    },
  })
const old = anIntermediate(root, noon - 2 * 365 * 86_400_000)
const expired = read('signet-intermediate', {
  'tls.key': keyPemOf(old),
  'tls.crt': pemOf(old),
  'ca.crt': pemOf(root),
})
const stranger = anIntermediate(aRoot(noon), noon, intermediate.key)

const restore = 'restore it, or delete it to have a new intermediate signed by the root'
const foreign = (name: string) =>
  `Secret "${name}" exists and does not belong to this Authority: remove it or give the Authority another name`

type Case = {
  readonly name: string
  readonly authority: Authority
  readonly root?: CaMaterial
  readonly intermediate?: CaMaterial
  readonly decision: string
}
const cases: readonly Case[] = [
  { name: 'nothing is there', authority: generated, decision: 'create root' },
  { name: 'the root is there', authority: generated, root: rootSecret(), decision: 'sign intermediate' },
  { name: 'both are there', authority: generated, root: rootSecret(), intermediate: active, decision: 'keep' },
  { name: 'the root was exported', authority: knownGenerated, intermediate: active, decision: 'keep' },
  {
    name: 'the intermediate has expired',
    authority: knownGenerated,
    root: rootSecret(),
    intermediate: expired,
    decision: 'sign intermediate',
  },
  {
    name: 'the intermediate has expired and the root was exported',
    authority: knownGenerated,
    intermediate: expired,
    decision:
      'IntermediateExpired: the intermediate in Secret "signet-intermediate" expired at 2025-01-01T12:00:00Z: bring the key of the root back to have a new one signed',
  },
  {
    name: 'the intermediate was deleted',
    authority: knownGenerated,
    root: rootSecret(),
    decision: 'sign intermediate',
  },
  {
    name: 'both are lost',
    authority: knownGenerated,
    decision:
      'KeysLost: Secrets "signet-intermediate" and "signet-root" are gone, and with them the keys of this Authority: restore one of them, or delete the Authority and make it anew',
  },
  {
    name: 'the root is a Secret of somebody else',
    authority: generated,
    root: read('signet-root', {}, {}),
    decision: `NameTaken: ${foreign('signet-root')}`,
  },
  {
    name: 'the intermediate is a Secret of somebody else',
    authority: generated,
    intermediate: read('signet-intermediate', {}, {}),
    decision: `NameTaken: ${foreign('signet-intermediate')}`,
  },
  {
    name: 'the intermediate is damaged',
    authority: knownGenerated,
    root: rootSecret(),
    intermediate: read('signet-intermediate', { 'tls.key': 'x', 'tls.crt': pemOf(intermediate) }),
    decision: `IntermediateNotUsable: Secret "signet-intermediate": PEM text holds no private key: ${restore}`,
  },
  {
    name: 'the intermediate has another key',
    authority: knownGenerated,
    intermediate: read('signet-intermediate', { 'tls.key': keyPemOf(root), 'tls.crt': pemOf(intermediate) }),
    decision: `IntermediateNotUsable: Secret "signet-intermediate": tls.key is not the key of the first certificate in tls.crt: ${restore}`,
  },
  { name: 'the brought root is there', authority: brought, root: rootSecret(), decision: 'sign intermediate' },
  {
    name: 'the brought root is not there',
    authority: brought,
    decision: 'RootNotFound: Secret "my-root" of spec.root.secret does not exist',
  },
  {
    name: 'the brought root is an intermediate',
    authority: brought,
    root: rootSecret(intermediate),
    decision: 'RootNotUsable: the certificate in Secret "my-root" allows no intermediate below it (path length 0)',
  },
  {
    name: 'the brought root has expired',
    authority: brought,
    root: rootSecret(aRoot(noon, noon - 1000)),
    decision: 'RootNotUsable: the certificate in Secret "my-root" has expired',
  },
  { name: 'an external root needs a key', authority: external(), decision: 'create key' },
  {
    name: 'an external root has signed nothing yet',
    authority: external(),
    intermediate: keyOnly,
    decision:
      'IntermediateNotSigned: have status.intermediateRequest signed by your root and put the certificate into spec.root.external.intermediateCertificate',
  },
  {
    name: 'an external root has signed',
    authority: external(pemOf(intermediate)),
    intermediate: keyOnly,
    decision: 'accept',
  },
  { name: 'it was taken in', authority: external(pemOf(intermediate)), intermediate: active, decision: 'keep' },
  {
    name: 'an external root has signed another key',
    authority: external(pemOf(anIntermediate(root, noon))),
    intermediate: keyOnly,
    decision:
      'IntermediateNotUsable: spec.root.external.intermediateCertificate is not for the key of status.intermediateRequest',
  },
  {
    name: 'another root has signed',
    authority: external(pemOf(stranger)),
    intermediate: keyOnly,
    decision:
      'IntermediateNotUsable: spec.root.external.intermediateCertificate does not lead to rootCertificates: certificate is signed by an unknown authority',
  },
]

describe('the keys of an Authority', () => {
  it.each(cases)('$name', ({ authority, root: rootState = absent, intermediate: state = absent, decision }) => {
    const decided = decideMaterial({ authority, root: rootState, intermediate: state, now: noon })
    expect(decided.kind === 'wait' ? `${decided.reason}: ${decided.message}` : decided.kind).toBe(decision)
  })

  it('names the key for which a certificate is awaited', () => {
    const decided = decideMaterial({ authority: external(), root: absent, intermediate: keyOnly, now: noon })
    expect(decided).toMatchObject({ request: spkiOf(intermediate.key) })
  })
})
