import { expect, it } from 'vitest'
import type { LoadedConfig } from '../../../src/app/authority-process/load.ts'
import { keepServing } from '../../../src/app/authority-process/serving.ts'
import type { ServerCertificate } from '../../../src/authority/server-certificate.ts'
import { noon } from '../../builders/authority.ts'
import { aRoot } from '../../builders/ca-material.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { recordedLog } from '../../fakes/recorded-log.ts'

const { certificate, key } = aRoot(noon)
const certificateNow = { chain: [certificate], privateKey: key } as unknown as ServerCertificate

/** Issuances that end when the test says so, and what was served, by the commonName of the configuration. */
function aKeeper() {
  const pending: { readonly end: () => void; readonly fail: (error: Error) => void }[] = []
  const served: string[] = []
  const state = { tls: 'old' }
  const serving = keepServing(
    {
      authority: {
        issueServerCertificate: () =>
          new Promise((resolve, reject) => pending.push({ end: () => resolve(certificateNow), fail: reject })),
      },
      clock: manualClock(noon),
      log: recordedLog(),
      use: ({ tls }) => void served.push(tls as unknown as string),
      config: () => ({ ca: { tls: state.tls }, clientAuthorities: '' }) as unknown as LoadedConfig,
    },
    noon,
  )
  return { pending, served, state, serving }
}

/** Everything that is settled has had its effect. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('a renewal from before a reload never ends after that of the reload', async () => {
  const { pending, served, state, serving } = aKeeper()
  const before = serving.renew()
  await settled()
  state.tls = 'new'
  const after = serving.renew()
  await settled()
  expect(pending).toHaveLength(1)
  pending[0]?.end()
  await before
  await settled()
  pending[1]?.end()
  await after
  expect(served).toEqual(['old', 'new'])
  serving.stop()
})

it('a renewal that fails holds up none after it', async () => {
  const { pending, served, serving } = aKeeper()
  const [first, second] = [serving.renew(), serving.renew()]
  await settled()
  pending[0]?.fail(new Error('disk full'))
  await expect(first).rejects.toThrow('disk full')
  await settled()
  pending[1]?.end()
  await second
  expect(served).toEqual(['old'])
  serving.stop()
})
