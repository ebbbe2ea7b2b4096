import { expect, it } from 'vitest'
import { isSignetError } from '../../../src/core/errors.ts'
import type { AdmissionReview } from '../../../src/webhook/review.ts'
import { applyPatch } from '../../builders/apply-patch.ts'
import { anAdmitter } from '../../builders/decision.ts'
import { chance, fuzzInputs, holders, type Chance } from '../../builders/fuzz.ts'
import { aPod, annotated, aReview, withContainer, withSpec } from '../../builders/pod.ts'

const fixed = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }

const samples: readonly object[] = [
  aReview(aPod(annotated({ 'signet.dev/name': 'web.shop.svc', 'signet.dev/sans': '${POD_IP}, a.shop.svc' }))),
  aReview(
    aPod(
      annotated({
        'autocert.step.sm/name': 'web.shop.svc',
        'autocert.step.sm/owner': '1:2',
        'autocert.step.sm/mode': '0600',
      }),
    ),
  ),
  aReview(
    aPod(
      annotated({ 'signet.dev/duration': '1h', 'signet.dev/key-algorithm': 'Ed25519' }),
      withSpec({ hostNetwork: true }),
    ),
  ),
  aReview(
    aPod(
      annotated({ 'signet.dev/name': 'web.shop.svc' }),
      withContainer({ resources: fixed }),
      withSpec({ initContainers: [{ name: 'init', resources: fixed }], securityContext: { runAsUser: 7, fsGroup: 8 } }),
    ),
  ),
]

const junk: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  '',
  'x',
  'injected',
  '__proto__',
  [],
  {},
  [null],
  { name: 'x' },
  '${POD_IP}',
  '$(X)',
  'spiffe://cluster.local/ns/shop/sa/web',
  '*.shop.svc',
  'web.shop.svc',
  '10.0.0.1',
  'a@b.c',
  '1h',
  '0',
  'é.shop.svc',
  'a'.repeat(70_000),
]

const keys = [
  'metadata',
  'spec',
  'annotations',
  'signet.dev/name',
  'signet.dev/sans',
  'signet.dev/x',
  'autocert.step.sm/status',
  'name',
  'constructor',
  '__proto__',
  'resources',
]

type Review = { request: { uid: string; object: object } }

function mutate(random: Chance, review: object): Review {
  const copy = structuredClone(review)
  for (let changes = random.below(4); changes >= 0; changes -= 1) {
    const holder = random.pick(holders(copy))
    const key = random.next() < 0.2 ? random.pick(keys) : random.pick([...Object.keys(holder), random.pick(keys)])
    if (random.next() < 0.25) delete holder[key]
    else holder[key] = structuredClone(random.pick(junk))
  }
  // As it arrives: JSON, so that members such as __proto__ are the object's own.
  return JSON.parse(JSON.stringify(copy)) as Review
}

type Outcome = 'malformed' | 'left' | 'refused' | 'patched' | 'wrong uid' | 'patched twice'

/** What becomes of a review; a patch is applied, and must leave nothing to do for a second look. */
async function outcomeOf(review: Review, admit: (body: unknown) => Promise<AdmissionReview>): Promise<Outcome> {
  const answer = await admit(review).catch((error: unknown) => error)
  if (isSignetError(answer, 'malformed')) return 'malformed'
  const { response } = answer as AdmissionReview
  if (response.uid !== review.request.uid) return 'wrong uid'
  if (response.patch === undefined) return response.allowed ? 'left' : 'refused'
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Parameters<typeof applyPatch>[1]
  const again = { ...review, request: { ...review.request, object: applyPatch(review.request.object, patch) } }
  const second = await admit(again)
  return second.response.allowed && second.response.patch === undefined ? 'patched' : 'patched twice'
}

it(`answers ${fuzzInputs} broken reviews, and every patch fits its pod`, async () => {
  const random = chance(3)
  const { admit, log } = anAdmitter()
  const counts = new Map<Outcome, number>()
  const faults: unknown[] = []
  for (let input = 0; input < fuzzInputs; input += 1) {
    const outcome = await outcomeOf(mutate(random, random.pick(samples)), admit)
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    faults.push(...log.lines.splice(0).filter(({ level }) => level === 'error'))
  }
  expect(faults).toEqual([])
  expect([...counts.keys()].toSorted()).toEqual(['left', 'malformed', 'patched', 'refused'])
  // The inputs reach everything: no outcome is rare.
  for (const count of counts.values()) expect(count).toBeGreaterThan(fuzzInputs / 100)
}, 60_000)
