import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onBoth } from './support/flow.ts'
import type { Pair } from './support/pair.ts'
import { byKey, password, startTokenPair, tokenFlow } from './support/token-flow.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startTokenPair()
})
afterAll(() => pair.stop())

describe('step ca token makes the same of signet and step-ca, and what it makes works the same, with', () => {
  it.each([
    '--issuer ops',
    '--issuer ops --kid KID',
    '--issuer ops --kid nobody',
    '--issuer nobody',
    '--issuer ops --san web.test --san 10.0.0.1 --san a@b.test --san spiffe://a/b',
    '--issuer ops --san web.test',
    '--issuer ops --not-after 20m',
    '--issuer ops --not-before 30s --not-after 10m',
    '--issuer ops --not-before 5m --not-after 10m',
    '--issuer ops --not-after 2h',
    '--issuer ops --not-after tomorrow',
    '--issuer ops --cert-not-after 1h',
    '--issuer ops --output-file token',
    '--issuer ops --set team=shop --set place=here',
    '--issuer shop --set team=shop',
    '--issuer shop',
    '--issuer ops --cnf AAAA',
    '--issuer ops --cnf AAAA --cnf-file web.csr',
    '--issuer ops --ca-url https://localhost:1',
    '--issuer ops --root nothing.crt',
    '--issuer ops --revoke --san web.test',
    '--issuer ops --ssh --san web.test',
  ])('%s', async (flags) => {
    const { kid } = pair.folder.provisioner
    const { ours, theirs } = await onBoth(pair, (user) => tokenFlow(user, flags.replace('KID', kid), byKey(user)))
    expect(ours).toEqual(theirs)
  })

  it('--provisioner ops, whose key the authority gives and a password opens', async () => {
    const { ours, theirs } = await onBoth(pair, (user) => tokenFlow(user, '--provisioner ops', password(user)))
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ used: { said: { status: 0 } } })
  })
})
