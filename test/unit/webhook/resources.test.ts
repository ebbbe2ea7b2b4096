import { describe, expect, it } from 'vitest'
import { parsePod } from '../../../src/webhook/pod.ts'
import { parseQuantity, resourcesFor } from '../../../src/webhook/resources.ts'
import { aPod, withContainer, withSpec } from '../../builders/pod.ts'

const wanted = { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '1', memory: '96Mi' } }
const fixed = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } })

describe('resourcesFor', () => {
  it.each([
    ['a pod without resources', aPod(), wanted],
    ['a Burstable pod', aPod(withContainer({ resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } })), wanted],
    [
      'limits of cpu only',
      aPod(withContainer({ resources: { requests: { cpu: '1' }, limits: { cpu: '1' } } })),
      wanted,
    ],
    [
      'a Guaranteed pod with more than is wanted',
      aPod(withContainer({ resources: fixed('2', '1Gi') })),
      { requests: wanted.limits, limits: wanted.limits },
    ],
    [
      'a Guaranteed pod with less: it must not ask for more than before',
      aPod(
        withContainer({
          resources: { requests: { cpu: '0.1', memory: '1024Ki' }, limits: { cpu: '100m', memory: '1Mi' } },
        }),
      ),
      fixed('100m', '96Mi'),
    ],
    [
      'a Guaranteed pod but for its init container',
      aPod(withContainer({ resources: fixed('2', '1Gi') }), withSpec({ initContainers: [{ name: 'init' }] })),
      wanted,
    ],
    [
      'a Guaranteed pod with a Guaranteed init container',
      aPod(
        withContainer({ resources: fixed('250m', '1Gi') }),
        withSpec({ initContainers: [{ name: 'init', resources: fixed('2', '1Gi') }] }),
      ),
      fixed('250m', '96Mi'),
    ],
    ['zero limits', aPod(withContainer({ resources: fixed('0', '0') })), wanted],
    ['resources of the pod as a whole', aPod(withSpec({ resources: { limits: { cpu: '1' } } })), undefined],
  ])('decides for %s', (_, pod, expected) => {
    expect(resourcesFor(parsePod(pod), wanted)).toEqual(expected)
  })
})

describe('parseQuantity', () => {
  it.each([
    ['1', 1],
    ['100m', 0.1],
    ['0.1', 0.1],
    ['300m', 0.3],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['8Mi', 8 * 2 ** 20],
    ['128974848', 128974848],
    ['129e6', 129e6],
    ['129M', 129e6],
    ['5u', 5e-6],
    ['10E', 1e19],
    ['1e3', 1000],
    ['', Number.NaN],
    ['lots', Number.NaN],
    ['1.2.3', Number.NaN],
  ])('reads %s', (text, value) => {
    expect(parseQuantity(text)).toBe(value)
  })
})
