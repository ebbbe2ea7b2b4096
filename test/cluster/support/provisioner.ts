import type { Provisioner } from '../../../src/core/resources/index.ts'
import type { Kubectl } from '../harness/kubectl.ts'

const provisioner = ['provisioners.signet.dev', 'kubernetes'] as const

/** Lets the default Provisioner issue certificates of so short a life; its disposal gives back what was there before. */
export async function allowShortLives(kubectl: Kubectl, shortest = '1m'): Promise<AsyncDisposable> {
  const before = (await kubectl.get<Provisioner>(...provisioner)).spec.claims?.minTLSCertDuration
  await setShortestLife(kubectl, shortest)
  return { [Symbol.asyncDispose]: () => setShortestLife(kubectl, before ?? null) }
}

/** null takes the claim away. Resolves when every replica of the authority has loaded it. */
async function setShortestLife(kubectl: Kubectl, minTLSCertDuration: string | null): Promise<void> {
  const patch = JSON.stringify({ spec: { claims: { minTLSCertDuration } } })
  await kubectl(['patch', ...provisioner, '--type=merge', '-p', patch])
  await kubectl.eventually('signet-system', 'the Provisioner to be loaded', 30_000, async () => {
    const { metadata, status } = await kubectl.get<Provisioner>(...provisioner)
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return ready?.status === 'True' && ready.observedGeneration === metadata.generation ? true : undefined
  })
}
