import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtInClaims, readClaimSettings, resolveClaims } from '../../src/core/claims.ts'
import { readProvisioner } from '../../src/authority/provisioners/index.ts'
import { readJson } from '../../src/core/json-reader.ts'
import { agentFor, send } from '../harness/wire-client.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { runProgram } from './support/programs.ts'
import { serve } from './support/serve.ts'

type Claims = Readonly<Record<string, unknown>>
type Listed = { readonly name: string; readonly claims?: Claims; readonly stateReason?: string }

/** A public key, for provisioners whose claims alone matter. */
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'ujMPZAQhQsw7pH67BmyjlH0cmV4b9SK87LUyAQEs7R8',
  y: '7DNly2i4Mu3PjHlHTxQOmBVLGk6PMje_u5EL0fa1gAk',
}

let folder: CaFolder
beforeAll(async () => {
  folder = await initFolder('step')
})
afterAll(() => folder.remove())

/** What the real step-ca lists of provisioners with these claims, in the order of the claims. */
async function listedByStepCa(globalClaims: Claims, sets: readonly Claims[]): Promise<Listed[]> {
  const provisioners = sets.map((claims, index) => provisioner(String(index), claims))
  const config = folder.variant('claims.json', { authority: { claims: globalClaims, provisioners } })
  const process = await serve('step-ca', folder, { config })
  const agent = agentFor(folder)
  const listed: Listed[] = []
  let cursor = ''
  do {
    const { body } = await send(agent, `${folder.url}/provisioners?limit=100&cursor=${cursor}`)
    const page = JSON.parse(body) as { provisioners: Listed[]; nextCursor: string }
    listed.push(...page.provisioners)
    cursor = page.nextCursor
  } while (cursor !== '')
  agent.destroy()
  await process.stop()
  return listed.toSorted((a, b) => Number(a.name) - Number(b.name))
}

const provisioner = (name: string, claims: Claims) => ({ type: 'JWK', name, key: { ...key, kid: name }, claims })

const settingsOf = (claims: Claims) => readJson(claims, 'claims', readClaimSettings)

/** Why claims do not fit together; undefined: they do. */
function problemOf(globalClaims: Claims, claims: Claims): string | undefined {
  try {
    resolveClaims(resolveClaims(builtInClaims, settingsOf(globalClaims)), settingsOf(claims))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const durations = [undefined, '1m', '5m', '24h', '48h', '0s', '-1h']
/** Every way to set three claims out of these. */
const sets: readonly Claims[] = durations.flatMap((minimum) =>
  durations.flatMap((maximum) =>
    durations.map((usual) => ({
      ...(minimum !== undefined && { minTLSCertDuration: minimum }),
      ...(maximum !== undefined && { maxTLSCertDuration: maximum }),
      ...(usual !== undefined && { defaultTLSCertDuration: usual }),
    })),
  ),
)

describe('claims of provisioners', () => {
  it.each([
    {},
    { minTLSCertDuration: '10m', maxTLSCertDuration: '1h', defaultTLSCertDuration: '30m' },
    { defaultTLSCertDuration: '30h' },
    { defaultTLSCertDuration: '2m' },
  ])('fit together where step-ca says so, under %j', async (globalClaims) => {
    const listed = await listedByStepCa(globalClaims, sets)
    const decided = sets.map((claims) => problemOf(globalClaims, claims))
    expect(decided).toEqual(listed.map(({ stateReason }) => stateReason))
    expect(new Set(decided).size).toBeGreaterThan(10)
    expect(decided.filter((problem) => problem === undefined).length).toBeGreaterThan(20)
  })

  it('are listed as step-ca lists them, whatever is in them', async () => {
    const texts =
      '0 1h 1h30m 1.5h .5m 2.m 90s 1500ms 1.5ms 2us 2µs 2μs 7ns -1m30s +5s 87600h 1h1h 2540400h10m10s'.split(' ')
    const flags = ['enableSSHCA', 'disableRenewal', 'allowRenewalAfterExpiry', 'disableSmallstepExtensions']
    const ssh = ['User', 'Host'].flatMap((kind) =>
      ['min', 'max', 'default'].map((end) => `${end}${kind}SSHCertDuration`),
    )
    const various: readonly Claims[] = [
      ...texts.map((text) => ({ minUserSSHCertDuration: text })),
      ...flags.flatMap((flag) => [{ [flag]: true }, { [flag.toUpperCase()]: false }, { [flag]: null }]),
      Object.fromEntries([...flags.map((flag) => [flag, true]), ...ssh.map((name) => [name, '3h'])]),
      { unknown: true },
      {},
    ]
    const listed = await listedByStepCa({}, various)
    const ours = various.map(
      (claims, index) => readJson(provisioner(String(index), claims), '', (node) => readProvisioner(node))?.json,
    )
    expect(ours.map((json) => JSON.stringify(json))).toEqual(listed.map((json) => JSON.stringify(json)))
  })
})

describe('claims of the authority', () => {
  /** What the real step-ca says as it ends. */
  async function refusalOf(authority: object): Promise<string> {
    const written = { claims: {}, provisioners: [provisioner('ops', {})], ...authority }
    const config = folder.variant('refused.json', { authority: written })
    const { status, stderr } = await runProgram('step-ca', [config, '--password-file', folder.passwordFile])
    expect(status).not.toBe(0)
    return stderr
  }

  it.each([
    { minTLSCertDuration: '0s' },
    { maxTLSCertDuration: '1m' },
    { minTLSCertDuration: '48h' },
    { minTLSCertDuration: '2h', maxTLSCertDuration: '4h', defaultTLSCertDuration: '1h' },
    { maxTLSCertDuration: '-1h' },
  ])('that do not fit together stop the start, as in step-ca: %j', async (claims) => {
    const problem = problemOf(claims, {})
    expect(problem).toMatch(/^claims: /)
    expect(await refusalOf({ claims })).toContain(problem)
  })

  it.each(['', '1', '1d', 'h', '1h 2m', '1h2', '--1h', '.h', '1e3s', '9999999h', '24', '1H'])(
    'that are no durations stop the start, as in step-ca: %j',
    async (text) => {
      const claims = { minTLSCertDuration: text }
      expect(() => settingsOf(claims)).toThrow('claims.minTLSCertDuration is not valid')
      expect(await refusalOf({ claims })).toContain('error parsing')
    },
  )
})
