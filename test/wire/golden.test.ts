import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { allRoutes, prefixes } from '../../src/http/app.ts'
import { manualClock } from '../fakes/manual-clock.ts'
import type { Answer, Configuration, Exchange } from '../golden/case.ts'
import { configurations } from '../golden/configurations.ts'
import { readRecording } from '../golden/recording.ts'
import { runCases } from '../golden/run-cases.ts'
import { makeGoldenFolder } from '../golden/target.ts'
import { documentedTexts } from '../golden/texts.ts'
import { createWorld } from '../golden/world.ts'
import { startAuthority } from '../harness/running-authority.ts'

const differences = readFileSync('src/http/README.md', 'utf8')
const recorded: readonly Exchange[] = configurations.flatMap(({ name }) => readRecording(name).exchanges)

/** Asks ours the same, with keys of its own. */
async function replay(configuration: Configuration): Promise<Exchange[]> {
  const clock = manualClock(Date.now())
  const now = (): number => clock.now()
  const world = createWorld(now)
  const folder = await makeGoldenFolder(configuration, world)
  const ca = await startAuthority({ folder, clock })
  try {
    const wait = (seconds: number): Promise<void> => Promise.resolve(clock.advance(seconds * 1000))
    return await runCases(configuration, { folder, url: ca.url, world, now, wait })
  } finally {
    await ca.stop()
    folder.remove()
  }
}

describe.each(configurations.map((configuration) => [configuration.name, configuration] as const))(
  'what step-ca answered under the configuration "%s"',
  (name, configuration) => {
    let ours: ReadonlyMap<string, Answer>
    const theirs = new Map(readRecording(name).exchanges.map((exchange) => [exchange.name, exchange]))

    beforeAll(async () => {
      ours = new Map((await replay(configuration)).map((exchange) => [exchange.name, exchange.answer]))
    })

    it('was recorded for these requests', () => {
      const asked = configuration.cases.map(({ name: case_, request }) => [case_, request])
      expect(JSON.stringify([...theirs].map(([key, { request }]) => [key, request]))).toBe(JSON.stringify(asked))
    })

    const [same, differing] = [
      configuration.cases.filter(({ difference }) => !difference),
      configuration.cases.flatMap(({ name: key, difference }) => (difference ? [{ key, ...difference }] : [])),
    ]

    it.each(same.map(({ name: key }) => key))('is what ours does: %s', (key) => {
      const [answer, expected] = [ours.get(key), theirs.get(key)?.answer]
      expect(answer).toEqual(expected)
      // Members come in the same order.
      expect(JSON.stringify(answer)).toBe(JSON.stringify(expected))
    })

    it.each(differing)('is on purpose not what ours does: $key', ({ key, ours: changed, row }) => {
      const [answer, expected] = [ours.get(key), theirs.get(key)?.answer]
      expect(answer).toEqual({ ...expected, ...changed })
      expect(answer).not.toEqual(expected)
      expect(differences).toContain(row)
    })
  },
)

describe('the cases', () => {
  const endpoints = allRoutes.flatMap(({ method, path }) => prefixes.map((prefix) => [method, `${prefix}${path}`]))
  /** step-ca has none: `test/interop/ocsp` compares with others. */
  const oursAlone = new Set(prefixes.flatMap((prefix) => [`${prefix}/ocsp`, `${prefix}/ocsp/*request`]))

  it.each(endpoints.filter(([, path = '']) => !oursAlone.has(path)))('have one for %s %s', (method, path = '') => {
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/?]+')}(\\?.*)?$`)
    const methodOf = ({ method, body }: Exchange['request']): string => method ?? (body === undefined ? 'GET' : 'POST')
    const found = recorded.filter(
      ({ request, answer }) =>
        pattern.test(request.path) && methodOf(request) === method?.toUpperCase() && answer.status !== 405,
    )
    expect(found.map(({ name }) => name)).not.toEqual([])
  })

  const texts = recorded.map(({ answer }) => JSON.stringify(answer.body))
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

  it.each(documentedTexts.filter(({ where }) => where === 'recorded'))(
    'have one for the text of §$section: $text',
    ({ text }) => {
      expect(texts.filter((body) => body.includes(inJson(text)))).not.toEqual([])
    },
  )

  it.each(documentedTexts.flatMap(({ where, ...text }) => (where === 'recorded' ? [] : [{ ...text, ...where }])))(
    'have none for the text of §$section, for a reason that the README gives: $text',
    ({ row }) => {
      expect(differences).toContain(row)
    },
  )
})
