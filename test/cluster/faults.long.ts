// Everything that may break, broken while it is at work. SIGNET_FAULT_ROUNDS says how often (default 20).
import { afterAll, describe, expect, inject, it } from 'vitest'
import { faults } from './faults/table.ts'
import { suffer, unharmed } from './faults/round.ts'
import { createKubectl } from './harness/kubectl.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const rounds = Number(process.env['SIGNET_FAULT_ROUNDS'] ?? 20)

/** Three minutes to start the work, two of outage, one to recover, two to clean up. */
const roundMs = 8 * 60_000

const recoveries: { readonly fault: string; readonly seconds: number }[] = []
afterAll(() => {
  for (const [fault, all = []] of Object.entries(Object.groupBy(recoveries, ({ fault }) => fault))) {
    const seconds = all.map((one) => one.seconds).toSorted((left, right) => left - right)
    const text = (value = 0): string => `${value.toFixed(1)} s`
    const median = seconds[Math.floor(seconds.length / 2)]
    console.log(`${fault}: ${all.length} rounds, Ready after ${text(median)} (median), ${text(seconds.at(-1))} (worst)`)
  }
})

// Containers and the API server can only be killed from outside in our own cluster.
describe('all is Ready within 60 s after', () => {
  describe.each(faults)('$name', (fault) => {
    const numbers = Array.from({ length: Math.ceil(rounds / (fault.oneRoundOf ?? 1)) }, (_, index) => index + 1)
    it.each(numbers)(
      'round %i',
      async () => {
        const outcome = await suffer(fault, kubectl, images.app)
        recoveries.push({ fault: fault.name, seconds: outcome.recoveredInMs / 1000 })
        expect(outcome).toMatchObject(unharmed)
      },
      roundMs,
    )
  })
})
