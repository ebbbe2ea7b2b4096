import { beforeEach, describe, expect, it } from 'vitest'
import { SignetError } from '../../../src/core/errors.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { createServingCertificate } from '../../../src/webhook/serving-certificate.ts'
import { enrol } from '../../../src/client/enrol.ts'
import { aWorkloadRequest } from '../../builders/workload.ts'
import { createFakeAuthority, type FakeAuthority } from '../../fakes/certificate-authority.ts'
import { recordedLog } from '../../fakes/recorded-log.ts'

const start = 1_800_000_000_000
const hour = 3_600_000
let authority: FakeAuthority

beforeEach(() => {
  authority = createFakeAuthority(start)
})

/** Runs until `steps` are used up: each is called in place of a pause. */
async function run(steps: (() => void)[]) {
  const log = recordedLog()
  const serials: string[] = []
  const waits: number[] = []
  const problems: (string | undefined)[] = []
  const stopper = new AbortController()
  const certificate = createServingCertificate({
    enrol: () =>
      enrol({ client: authority.connect(authority.roots()), token: 't', request: aWorkloadRequest(), podIPs: [] }),
    roots: () => authority.roots(),
    clock: { now: () => authority.now },
    log,
    wait: (milliseconds) => {
      waits.push(milliseconds)
      problems.push(certificate.problem())
      const step = steps.shift()
      if (step === undefined) stopper.abort()
      else step()
      return Promise.resolve()
    },
    id: 'webhook-1',
    use: ({ certificateChain }) => {
      serials.push(parseCertificate(certificateChain).serial)
      return Promise.resolve()
    },
  })
  expect(certificate.problem()).toBe('there is no serving certificate yet')
  await certificate.run(stopper.signal)
  return { log, serials, waits, problems }
}

const nothing = () => undefined

describe('the serving certificate', () => {
  it('is got at once and kept while it is good', async () => {
    const { serials, waits, problems, log } = await run([nothing, () => (authority.now += 15 * hour)])
    expect(new Set(serials).size).toBe(1)
    expect(waits).toEqual([10_000, 10_000, 10_000])
    expect(problems).toEqual([undefined, undefined, undefined])
    expect(log.lines.map(({ message }) => message)).toEqual(['serving certificate issued'])
  })

  it('is replaced when two thirds of its life are over, and by the clock on the wall', async () => {
    const { serials } = await run([() => (authority.now += 16 * hour), () => (authority.now += 100 * hour)])
    expect(new Set(serials).size).toBe(3)
  })

  it('is waited for with growing pauses while nobody issues one', async () => {
    const failure = () => authority.failures.push({ call: 'sign', error: new SignetError('unavailable', 'not ready') })
    failure()
    const { serials, waits, problems, log } = await run([failure, failure, nothing, nothing])
    expect(serials).toHaveLength(1)
    expect(waits[0]).toBeLessThanOrEqual(125)
    expect(waits[2]).toBeGreaterThanOrEqual(400)
    expect(problems.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'there is no serving certificate yet'))
    expect(problems.slice(3)).toEqual([undefined, undefined])
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(3)
  })

  it('is replaced as soon as its root is active no more', async () => {
    const { serials } = await run([() => authority.rotate({ keep: true }), () => authority.rotate(), nothing])
    expect(serials).toHaveLength(2)
  })

  it('is not relied on in its last ten minutes', async () => {
    const failures = () => {
      authority.now = start + 24 * hour - 599_000
      authority.failures.push({ call: 'sign', error: new SignetError('unavailable', 'not ready') })
    }
    const { problems } = await run([failures])
    expect(problems).toEqual([undefined, 'the serving certificate ends in less than 10 minutes'])
  })

  it('does not hide a fault of its own', async () => {
    authority.failures.push({ call: 'sign', error: new TypeError('a fault') as unknown as SignetError })
    await expect(run([])).rejects.toThrow('a fault')
  })
})
