// The faults that cost seconds; faults.long.ts has all of them, larger and many times.
import { describe, expect, inject, it } from 'vitest'
import { quickFaults } from './faults/table.ts'
import { suffer, unharmed } from './faults/round.ts'
import { createKubectl } from './harness/kubectl.ts'

const { kubectl: binary, kubeconfig, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

// Containers can only be killed from outside in our own cluster.
describe('all is Ready within 60 s after', () => {
  it.each(quickFaults)('$name', async (fault) => {
    expect(await suffer(fault, kubectl, images.app)).toMatchObject(unharmed)
  })
})
