import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, sharedKey } from '../builders/csr.ts'
import { aProvisionerKey, aToken } from '../builders/tokens.ts'
import { contentOf } from './support/content-of.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'
import { words } from './support/programs.ts'
import { stepHome } from './support/step-home.ts'

/** Claims of the authority, and what provisioners of the two programs make of them. */
const globalClaims = {
  minTLSCertDuration: '10m',
  maxTLSCertDuration: '2h',
  defaultTLSCertDuration: '1h',
  disableRenewal: true,
  disableSmallstepExtensions: true,
}
const ownClaims = {
  inheriting: undefined,
  overriding: {
    maxTLSCertDuration: '48h',
    defaultTLSCertDuration: '3h',
    disableRenewal: false,
    disableSmallstepExtensions: false,
  },
  unmarked: { disableRenewal: false },
  widening: { defaultTLSCertDuration: '5h' },
  narrowing: { defaultTLSCertDuration: '7m' },
} as const
type Name = keyof typeof ownClaims
const names = Object.keys(ownClaims) as Name[]
const keys = new Map(names.map((name) => [name, aProvisionerKey(name)]))

let pair: Pair
beforeAll(async () => {
  const provisioners = names.map((name) => ({
    type: 'JWK',
    name,
    key: keys.get(name)?.jwk,
    ...(ownClaims[name] && { claims: ownClaims[name] }),
  }))
  pair = await startPair({ authority: { claims: globalClaims, provisioners, disableIssuedAtCheck: true } })
})
afterAll(() => pair.stop())

const seconds = (): number => Math.floor(Date.now() / 1000)

function token(name: Name, changes: object = {}): string {
  const { privateKey } = keys.get(name) ?? aProvisionerKey()
  const now = seconds()
  const times = { iat: now, nbf: now, exp: now + 300 }
  const claims = { iss: name, aud: 'https://localhost/1.0/sign', sub: 'web.test', jti: randomUUID(), ...times }
  return aToken({ ...claims, ...changes }, privateKey, { kid: name })
}

const csr = encodePem('CERTIFICATE REQUEST', aCsr().der)

/** Sends the same token to both: each of them spends it. */
async function sign(ott: string, more: object = {}): Promise<{ ours: Seen; theirs: Seen }> {
  const body = JSON.stringify({ csr, ott, ...more })
  const post = async ({ send }: Member): Promise<Seen> => seenOf(await send('/1.0/sign', { body }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

const minute = 60_000
const extension = '1.3.6.1.4.1.37476.9000.64.1'

describe('the usual life and the extension of a provisioner', () => {
  it.each<[Name, number, boolean]>([
    ['inheriting', 60, false],
    ['overriding', 180, true],
    ['unmarked', 60, false],
    ['widening', 300, false],
    ['narrowing', 7, false],
  ])('%s: %i minutes, %s', async (name, minutes, marked) => {
    const { ours, theirs } = await sign(token(name))
    expect([ours.status, theirs.status]).toEqual([201, 201])
    const content = await contentOf(ours)
    expect(content).toEqual(await contentOf(theirs))
    // The backdate counts.
    expect(content).toMatchObject({ span: (minutes + 1) * minute })
    expect(JSON.stringify(content).includes(extension)).toBe(marked)
  })
})

describe('the limits of a provisioner', () => {
  it.each<[Name, string, number]>([
    ['inheriting', '2h', 201],
    ['inheriting', '2h1m', 403],
    ['inheriting', '9m', 201],
    ['inheriting', '8m', 403],
    ['overriding', '48h', 201],
    ['overriding', '49h', 403],
    ['widening', '5h', 201],
    ['widening', '5h1m', 403],
    ['widening', '8m', 403],
    ['narrowing', '6m', 201],
    ['narrowing', '5m', 403],
    ['narrowing', '2h', 201],
    ['narrowing', '3h', 403],
  ])('%s, asked for %s: %i', async (name, notAfter, status) => {
    const { ours, theirs } = await sign(token(name), { notAfter })
    expect([ours.status, theirs.status]).toEqual([status, status])
    // Certificates have numbers of their own.
    expect(status === 201 ? theirs : ours).toEqual(theirs)
  })
})

describe('the times of a token, with a minute of tolerance', () => {
  it.each<[string, (now: number) => object, number]>([
    ['ended 50 s ago', (now) => ({ exp: now - 50 }), 201],
    ['ended 70 s ago', (now) => ({ exp: now - 70 }), 401],
    ['begins in 50 s', (now) => ({ nbf: now + 50 }), 201],
    ['begins in 70 s', (now) => ({ nbf: now + 70 }), 401],
    ['made in 50 s', (now) => ({ iat: now + 50 }), 201],
    ['made in 70 s', (now) => ({ iat: now + 70 }), 401],
    ['made before the authority, where that is not looked at', (now) => ({ iat: now - 86_400 }), 201],
    ['without times', () => ({ iat: undefined, nbf: undefined, exp: undefined }), 201],
  ])('%s', async (_, changes, status) => {
    const { ours, theirs } = await sign(token('inheriting', changes(seconds())))
    expect([ours.status, theirs.status]).toEqual([status, status])
  })
})

describe('step ca renew', () => {
  /** What a user sees who renews a certificate of this provisioner with these flags. */
  async function renewOn({ url }: Member, name: Name, flags: readonly string[]) {
    const home = await stepHome(pair.folder, url)
    try {
      writeFileSync(home.file('a.key'), sharedKey.export({ type: 'pkcs8', format: 'pem' }))
      writeFileSync(home.file('a.csr'), csr)
      const signed = await home.step(...words('ca sign a.csr a.crt --token'), token(name))
      expect(signed).toMatchObject({ status: 0 })
      const { status, stderr } = await home.step(...words('ca renew --force'), ...flags, 'a.crt', 'a.key')
      return { status, stderr: stderr.replaceAll(url, 'https://ca') }
    } finally {
      home.remove()
    }
  }
  it.each<[Name, string, number]>([
    ['inheriting', '--mtls', 1],
    ['inheriting', '--mtls=false', 1],
    ['overriding', '--mtls', 0],
    ['overriding', '--mtls=false', 0],
    // Known by the record of its certificate alone.
    ['unmarked', '--mtls', 0],
    ['unmarked', '--mtls=false', 0],
  ])('of a certificate of provisioner %s with %s ends with %i', async (name, flag, status) => {
    const ours = await renewOn(pair.signet, name, [flag])
    expect(ours).toEqual(await renewOn(pair.stepCa, name, [flag]))
    const said = status === 0 ? 'has been saved in a.crt' : 'The request lacked necessary authorization'
    expect(ours).toEqual({ status, stderr: expect.stringContaining(said) as string })
  })
})
