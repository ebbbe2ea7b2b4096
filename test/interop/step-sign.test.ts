import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { X509Certificate } from 'node:crypto'
import { contentOfFile, onBoth, type User } from './support/flow.ts'
import { corp, credentialFiles } from './support/credentials.ts'
import { startPair, type Pair } from './support/pair.ts'

const template = `{
  "subject": { "commonName": {{ toJson .Subject.CommonName }}, "organizationalUnit": {{ toJson .Insecure.User.team }} },
  "sans": {{ toJson .SANs }},
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["clientAuth"]
}`

let pair: Pair
let offlineConfig: string

beforeAll(async () => {
  pair = await startPair((written) => {
    const [ops] = (written['authority'] as { readonly provisioners: readonly [object] }).provisioners
    return { authority: { provisioners: [ops, { ...ops, name: 'shop', options: { x509: { template } } }, corp] } }
  })
  // `step --offline` opens the database, which one process at a time may have.
  offlineConfig = pair.folder.variant('offline.json', { db: undefined })
})
afterAll(() => pair.stop())

const csrs = new Map<string, Promise<string>>()

/** Each made once, by whoever needs it first. */
function csrOf(user: User, flags: string): Promise<string> {
  const make = async (): Promise<string> => {
    await user.say(`certificate create --csr --no-password --insecure ${flags} web.test made.csr made.key`)
    return user.text('made.csr')
  }
  const csr = csrs.get(flags) ?? make()
  csrs.set(flags, csr)
  return csr
}

/** What `step ca sign` says, and the certificate that it leaves but for its key. */
async function signFlow(user: User, flags: string, csrFlags = '--san web.test'): Promise<object> {
  writeFileSync(user.file('web.csr'), await csrOf(user, csrFlags))
  const { provisionerPasswordFile } = user.folder
  const said = await user.say(`ca sign web.csr web.crt ${flags} --provisioner-password-file ${provisionerPasswordFile}`)
  if (said.status !== 0) return { said }
  const { validFrom, validTo } = new X509Certificate(user.text('web.crt'))
  const life = Date.parse(validTo) - Date.parse(validFrom)
  return {
    said,
    life,
    content: await contentOfFile(user, 'web.crt'),
    blocks: user.text('web.crt').split('BEGIN').length,
  }
}

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

  it('--set-file', async () => {
    const { ours, theirs } = await onBoth(pair, (user) => {
      writeFileSync(user.file('data.json'), '{"team":["shop","web"]}')
      return signFlow(user, '--provisioner shop --set-file data.json')
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ content: expect.arrayContaining([expect.stringMatching(/OU ?= ?shop/)]) as unknown })
  })

  it('--x5c-cert and --x5c-key', async () => {
    const { ours, theirs } = await onBoth(pair, (user) => {
      const { certificate, key } = credentialFiles()
      writeFileSync(user.file('machine.crt'), certificate)
      writeFileSync(user.file('machine.key'), key)
      return signFlow(user, '--provisioner corp --not-after 1h --x5c-cert machine.crt --x5c-key machine.key')
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ said: { status: 0 } })
  })

  it('a file that is there, with and without --force', async () => {
    const { ours, theirs } = await onBoth(pair, async (user) => {
      writeFileSync(user.file('web.crt'), 'mine\n')
      const kept = [await signFlow(user, '--provisioner ops'), user.text('web.crt')]
      return { kept, replaced: await signFlow(user, '--provisioner ops --force') }
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ kept: [{ said: { status: 1 } }, 'mine\n'], replaced: { said: { status: 0 } } })
  })

  it('--root, where another certificate stands', async () => {
    const { ours, theirs } = await onBoth(pair, async (user) => {
      await user.say('certificate create --profile root-ca --no-password --insecure Other other.crt other.key')
      return signFlow(user, '--provisioner ops --root other.crt')
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ said: { status: 1 } })
  })
})

it('step ca sign --offline needs only the files', async () => {
  const { ours } = await onBoth(pair, (user) => {
    const { passwordFile } = pair.folder
    return signFlow(user, `--provisioner ops --offline --ca-config ${offlineConfig} --password-file ${passwordFile}`)
  })
  expect(ours).toMatchObject({ said: { status: 0 } })
})
