import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onBoth } from './support/flow.ts'
import type { Pair } from './support/pair.ts'
import { signFlow, startSignPair } from './support/sign-flow.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startSignPair()
})
afterAll(() => pair.stop())

describe('step ca sign makes the same of signet and step-ca with', () => {
  it.each<[string, string?]>([
    ['--provisioner ops'],
    ['--issuer ops'],
    ['--provisioner nobody'],
    ['--provisioner ops', '--san web.test --san 10.0.0.1 --san a@b.test --san spiffe://a/b'],
    ['--provisioner ops', '--kty RSA --size 2048'],
    ['--provisioner ops', '--kty OKP --crv Ed25519'],
    ['--provisioner ops --not-after 1h'],
    ['--provisioner ops --not-before 1h --not-after 2h'],
    ['--provisioner ops --not-after 48h'],
    ['--provisioner ops --not-after 1m'],
    ['--provisioner ops --not-after tomorrow'],
    ['--provisioner ops --set team=shop'],
    ['--provisioner shop --set team=shop'],
    ['--provisioner shop'],
    ['--provisioner ops --token x.y.z'],
    ['--provisioner ops --token x.y.z --offline'],
    ['--provisioner ops --ca-url https://localhost:1'],
    ['--provisioner corp'],
    ['--provisioner corp --x5c-cert nothing.crt --x5c-key nothing.key'],
  ])('%s, a CSR of %s', async (flags, csrFlags) => {
    const { ours, theirs } = await onBoth(pair, (user) => signFlow(user, flags, csrFlags))
    expect(ours).toEqual(theirs)
  })
})
