import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../harness/free-port.ts'
import { browse } from './support/browser.ts'
import { startIdentityProvider, type IdentityProvider } from './support/identity-provider.ts'
import { seenOf, startPair, type Member, type Pair } from './support/pair.ts'
import { words } from './support/programs.ts'
import { stepHome, type StepHome } from './support/step-home.ts'
import { stepWithLogin } from './support/step-login.ts'

const people = {
  jane: { email: 'jane@example.com', groups: ['dev'] },
  root: { email: 'root@Example.com', groups: ['dev', 'ops'] },
  stranger: { email: 'joe@example.org', groups: ['dev'] },
  outsider: { email: 'jim@example.com' },
  nameless: { groups: ['dev'] },
}
type Person = keyof typeof people

let provider: IdentityProvider
let pair: Pair

beforeAll(async () => {
  provider = await startIdentityProvider(people)
  const listenAddress = `127.0.0.1:${await freePort()}`
  const provisioner = { type: 'OIDC', name: 'people', ...provider.client, configurationEndpoint: provider.url }
  const limits = { admins: ['root@example.com'], domains: ['example.com'], groups: ['dev'] }
  const provisioners = [{ ...provisioner, ...limits, listenAddress, scopes: ['openid', 'email'] }]
  pair = await startPair({ authority: { provisioners } }, provider.env)
})
afterAll(async () => {
  await pair.stop()
  await provider.stop()
})

/** Runs `step` and logs in as that person, without a browser. */
const stepAs = (home: StepHome, person: Person, args: readonly string[]) =>
  stepWithLogin(home, provider, args, (address) => browse(address, { login: person, password: 'any' }, provider.root))

/** What a person sees of one authority, and the certificate that it leaves. */
async function scriptOn({ url }: Member, person: Person, flags: readonly string[]) {
  const home = await stepHome(pair.folder, url, provider.env)
  try {
    const files = [home.file('web.crt'), home.file('web.key')]
    const { status, said } = await stepAs(home, person, [...words('ca certificate web.test'), ...files, ...flags])
    const issued = status === 0 ? new X509Certificate(home.text('web.crt')) : undefined
    return {
      status,
      said: said.replaceAll(url, 'https://ca').replaceAll(home.path, 'home'),
      subject: issued?.subject,
      names: issued?.subjectAltName,
      span: issued && Date.parse(issued.validTo) - Date.parse(issued.validFrom),
      usages: issued?.keyUsage,
    }
  } finally {
    home.remove()
  }
}

/** One after the other: both have `step` listen where the provisioner says. */
async function onBoth(person: Person, more = '') {
  const flags = words(`--provisioner people${more}`)
  const ours = await scriptOn(pair.signet, person, flags)
  return { ours, theirs: await scriptOn(pair.stepCa, person, flags) }
}

const refused = expect.stringContaining('The request lacked necessary authorization to be completed.') as string

describe('step ca certificate after a login', () => {
  it('by browser: the address and the person, whatever was asked for', async () => {
    const { ours, theirs } = await onBoth('jane')
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({
      status: 0,
      subject: 'CN=jane',
      names: `email:jane@example.com, URI:${provider.url}#jane`,
      span: 86_460_000,
      usages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    })
  })

  it('by device: the same', async () => {
    const { ours, theirs } = await onBoth('jane', ' --console')
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ status: 0, names: `email:jane@example.com, URI:${provider.url}#jane` })
  })

  it('as an admin: what was asked for', async () => {
    const { ours, theirs } = await onBoth('root', ' --san web.test --san 10.0.0.1 --not-after 1h')
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ status: 0, subject: 'CN=web.test', names: 'DNS:web.test, IP Address:10.0.0.1' })
  })

  it('without an address: the person', async () => {
    const { ours, theirs } = await onBoth('nameless')
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ status: 0, names: `URI:${provider.url}#nameless` })
  })

  it.each<[string, Person]>([
    ['of another domain', 'stranger'],
    ['of no group', 'outsider'],
  ])('%s: refused alike', async (_, person) => {
    const { ours, theirs } = await onBoth(person)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ status: 1, said: refused })
  })
})

it('a token of step oauth is good once at each', async () => {
  const home = await stepHome(pair.folder, pair.signet.url, provider.env)
  try {
    const login = await stepAs(home, 'jane', words('ca token jane@example.com --provisioner people'))
    const token = login.said.trim().split('\n').at(-1) ?? ''
    const statuses: (number | null)[] = []
    for (const { url } of [pair.signet, pair.signet, pair.stepCa, pair.stepCa]) {
      const args = words('ca certificate jane@example.com web.crt web.key --force --ca-url')
      const { status } = await home.step(...args, url, '--token', token)
      statuses.push(status)
    }
    expect(statuses).toEqual([0, 1, 0, 1])
  } finally {
    home.remove()
  }
})

it('both list the provisioner alike', async () => {
  const [ours, theirs] = await Promise.all([pair.signet.send('/provisioners'), pair.stepCa.send('/provisioners')])
  expect(seenOf(ours)).toEqual(seenOf(theirs))
})
