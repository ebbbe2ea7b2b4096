import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../harness/free-port.ts'
import { startChromium } from './support/chromium.ts'
import { startIdentityProvider, type IdentityProvider } from './support/identity-provider.ts'
import { startPair, type Member, type Pair } from './support/pair.ts'
import { words } from './support/programs.ts'
import { stepHome } from './support/step-home.ts'
import { stepWithLogin } from './support/step-login.ts'

const people = { jane: { email: 'jane@example.com' } }

let provider: IdentityProvider
let pair: Pair
let listenAddress: string

beforeAll(async () => {
  provider = await startIdentityProvider(people)
  listenAddress = `127.0.0.1:${await freePort()}`
  const provisioner = { type: 'OIDC', name: 'people', ...provider.client, configurationEndpoint: provider.url }
  pair = await startPair({ authority: { provisioners: [{ ...provisioner, listenAddress }] } }, provider.env)
})
afterAll(async () => {
  await pair.stop()
  await provider.stop()
})

/**
 * What a person sees in a new browser (one that is logged in is not asked again): the form, what is to be shared, and the page
 * of `step` at the end.
 */
async function logIn(address: string) {
  const browser = await startChromium(provider.tlsKey)
  try {
    await browser.visit(address)
    await browser.click('input[name=login]')
    await browser.type('jane')
    await browser.click('input[name=password]')
    await browser.type('any')
    await browser.click('button[type=submit]')
    const { text: asked } = await browser.untilShown(/scopes:/)
    await browser.click('button[type=submit]')
    const { url, text: last } = await browser.untilShown(/command line/)
    return { asked, at: new URL(url).origin, last }
  } finally {
    await browser.stop()
  }
}

async function scriptOn({ url }: Member) {
  const home = await stepHome(pair.folder, url, provider.env)
  try {
    const files = [home.file('jane.crt'), home.file('jane.key')]
    const args = [...words('ca certificate jane@example.com'), ...files, ...words('--provisioner people')]
    const { status, said, login } = await stepWithLogin(home, provider, args, logIn)
    const { subject, subjectAltName: names } = new X509Certificate(home.text('jane.crt'))
    return {
      status,
      said: said.replaceAll(url, 'https://ca').replaceAll(home.path, 'home'),
      login,
      subject,
      names,
    }
  } finally {
    home.remove()
  }
}

it('chromium logs in at the form and sees the page of step, which gets the certificate: the same at both', async () => {
  // One after the other: both have `step` listen where the provisioner says.
  const ours = await scriptOn(pair.signet)
  expect(ours).toEqual(await scriptOn(pair.stepCa))
  expect(ours).toMatchObject({
    status: 0,
    said: expect.stringContaining('✔ Certificate: home/jane.crt\n') as string,
    login: {
      asked: expect.stringMatching(/^Authorize\nscopes:\nemail\nContinue\n/) as string,
      at: `http://${listenAddress}`,
      last: 'Success\nOAuth Request Successful.\nLook for the token on the command line.',
    },
    subject: 'CN=jane',
    names: `email:jane@example.com, URI:${provider.url}#jane`,
  })
})
