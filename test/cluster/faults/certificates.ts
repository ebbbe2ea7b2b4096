import type { Certificate } from '../../../src/core/resources/index.ts'
import type { Kubectl } from '../harness/kubectl.ts'
import { certificateManifest, type TlsSecret } from '../support/certificates.ts'
import { expectInStore } from './store.ts'
import { applyUntilAccepted, type Load, type World } from './world.ts'

export async function certificatesOf({ kubectl, namespace }: World): Promise<Certificate[]> {
  return (await kubectl.get<{ items: Certificate[] }>('certificates.signet.dev', '-n', namespace)).items
}

/** Ready for its present spec, with nothing more to be done. */
export function isReady({ metadata, status }: Certificate): boolean {
  const [ready, ...others] = status?.conditions ?? []
  return (
    ready?.type === 'Ready' &&
    ready.status === 'True' &&
    ready.observedGeneration === metadata.generation &&
    others.length === 0
  )
}

/** Certificates that are all applied at once; afterwards the store has what is in their Secrets. */
export function appliedCertificates(world: World, count: number): Load {
  const { kubectl, namespace } = world
  const names = Array.from({ length: count }, (_, index) => `applied-${index}`)
  const manifests = names.map((name) =>
    certificateManifest(namespace, name, { secretName: name, dnsNames: [`${name}.${namespace}.svc`] }),
  )
  const ready = async (): Promise<number> => (await certificatesOf(world)).filter(isReady).length
  let applied: Promise<unknown> = Promise.resolve()
  return {
    start() {
      applied = applyUntilAccepted(world, manifests)
      return Promise.resolve()
    },
    done: ready,
    enough: Math.ceil(count / 20),
    all: count,
    async settled(withinMs) {
      await applied
      await kubectl.eventually(namespace, `${count} Certificates to be Ready`, withinMs, async () =>
        (await ready()) === count ? true : undefined,
      )
      const selector = ['-n', namespace, '--field-selector=type=kubernetes.io/tls']
      const { items } = await kubectl.get<{ items: TlsSecret[] }>('secrets', ...selector)
      const held = items.map(({ data }) => Buffer.from(data['tls.crt'] ?? '', 'base64').toString('utf8'))
      await expectInStore(kubectl, held)
    },
  }
}

/** Every Certificate of the cluster that has five minutes left or more, by uid. */
export async function certificatesWithTimeLeft(kubectl: Kubectl, now: number): Promise<ReadonlySet<string>> {
  const left = (await allCertificates(kubectl)).filter(({ status }) => endOf(status) - now >= 300_000)
  return new Set(left.map(({ metadata }) => metadata.uid ?? ''))
}

/** Those of these Certificates that have expired by now, as `namespace/name`; one that was deleted since does not count. */
export async function expiredOf(kubectl: Kubectl, uids: ReadonlySet<string>, now: number): Promise<string[]> {
  return (await allCertificates(kubectl))
    .filter(({ metadata, status }) => uids.has(metadata.uid ?? '') && endOf(status) <= now)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}

async function allCertificates(kubectl: Kubectl): Promise<Certificate[]> {
  return (await kubectl.get<{ items: Certificate[] }>('certificates.signet.dev', '-A')).items
}

function endOf(status: Certificate['status']): number {
  return Date.parse(status?.notAfter ?? '')
}
