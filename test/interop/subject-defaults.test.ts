import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { aProvisionerKey } from '../builders/tokens.ts'
import { aStepToken } from '../harness/wire-client.ts'
import { contentOf } from './support/content-of.ts'
import { seenOf, startPair, type Member, type Pair } from './support/pair.ts'

const { jwk, kid, privateKey } = aProvisionerKey()
const ops = { type: 'JWK', name: 'ops', key: jwk }
/** All that `authority.template` may have. */
const template = {
  country: 'CH',
  organization: 'Shop',
  organizationalUnit: 'Ops',
  locality: 'Bern',
  province: 'BE',
  streetAddress: 'Gasse 1',
  serialNumber: '42',
  commonName: 'nobody.test',
}

let pair: Pair
beforeAll(async () => {
  pair = await startPair({ authority: { provisioners: [ops], template } })
})
afterAll(() => pair.stop())

it('subjects get from authority.template what they lack, as from step-ca', async () => {
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'] }).der)
  const body = JSON.stringify({ csr, ott: aStepToken({ provisioner: { name: 'ops', kid, key: privateKey } }) })
  const [ours, theirs] = await Promise.all(
    [pair.signet, pair.stepCa].map(async ({ send }: Member) => seenOf(await send('/sign', { body }))),
  )
  if (ours === undefined || theirs === undefined) throw new Error('an answer is missing')
  expect([ours.status, await contentOf(ours)]).toEqual([201, await contentOf(theirs)])
  const { subject } = new X509Certificate((JSON.parse(ours.body) as { crt: string }).crt)
  expect(subject.split('\n')).toEqual(
    expect.arrayContaining(['C=CH', 'O=Shop', 'OU=Ops', 'L=Bern', 'ST=BE', 'street=Gasse 1', 'CN=web.test']),
  )
})
