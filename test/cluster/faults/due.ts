import { X509Certificate } from 'node:crypto'
import { expect } from 'vitest'
import { certificateManifest } from '../support/certificates.ts'
import { sleepingPod } from '../support/pods.ts'
import { certificatesOf, isReady } from './certificates.ts'
import { isReady as isPodReady, podsOf } from './pods.ts'
import type { Load, World } from './world.ts'

/**
 * All fall due in an outage of two minutes that begins when the last is Ready: pods of 90 s are even expired when it ends,
 * pods of 3 minutes are due after two, Certificates after one, with nine minutes left.
 */
const podLives = ['90s', '90s', '3m', '3m']
const certificates = 5

type Held = { readonly serial: string; readonly notAfter: number }

/** Certificates in pods and in Secrets that must be other ones, and good ones, when the outage is over. */
export function certificatesThatFallDue(world: World): Load {
  const { kubectl, namespace } = world
  const pods = podLives.map((life, index) => {
    const name = `due-${index}`
    const annotations = { 'signet.dev/name': `${name}.${namespace}.svc`, 'signet.dev/duration': life }
    return sleepingPod(namespace, name, world.image, { annotations })
  })
  const manifests = Array.from({ length: certificates }, (_, index) => {
    const name = `due-${index}`
    const spec = { secretName: name, dnsNames: [`${name}.${namespace}.svc`], duration: '10m', renewBefore: '9m' }
    return certificateManifest(namespace, name, spec)
  })
  const count = pods.length + manifests.length
  const ready = async (): Promise<number> =>
    [...(await podsOf(world)).map(isPodReady), ...(await certificatesOf(world)).map(isReady)].filter(Boolean).length
  let before = new Map<string, Held>()
  return {
    async start() {
      await kubectl.apply([...pods, ...manifests])
      await kubectl.eventually(namespace, 'pods and Certificates to be Ready', 60_000, async () =>
        (await ready()) === count ? true : undefined,
      )
      before = await held(world)
    },
    done: ready,
    enough: count,
    // Each is issued once more when the fault is over.
    all: 2 * count,
    async settled(withinMs) {
      await kubectl.eventually(namespace, 'every certificate to be a new one', withinMs, async () => {
        const now = await held(world)
        const isRenewed = ([name, { serial, notAfter }]: [string, Held]): boolean =>
          serial !== before.get(name)?.serial && notAfter > Date.now()
        return [...now].every(isRenewed) ? true : undefined
      })
      expect(await ready()).toBe(count)
    },
  }
}

async function held(world: World): Promise<Map<string, Held>> {
  const { kubectl, namespace } = world
  const inPods = await Promise.all(
    (await podsOf(world)).map(async ({ metadata: { name } }): Promise<[string, Held]> => {
      const pem = await kubectl.exec(namespace, name, 'app', ['cat', '/var/run/signet.dev/site.crt'])
      const { serialNumber, validTo } = new X509Certificate(pem)
      return [`pod ${name}`, { serial: serialNumber, notAfter: Date.parse(validTo) }]
    }),
  )
  const inSecrets = (await certificatesOf(world)).map(({ metadata: { name }, status }): [string, Held] => [
    `Certificate ${name}`,
    { serial: status?.serialNumber ?? '', notAfter: Date.parse(status?.notAfter ?? '') },
  ])
  return new Map([...inPods, ...inSecrets])
}
