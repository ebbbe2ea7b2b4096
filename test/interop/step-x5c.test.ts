import { X509Certificate, createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/core/bytes.ts'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, sharedKey } from '../builders/csr.ts'
import { aToken } from '../builders/tokens.ts'
import { hour } from '../builders/x509.ts'
import { contentOf } from './support/content-of.ts'
import { corp, credential, credentialFiles, impostor, intermediate, loadedAt } from './support/credentials.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'
import { words } from './support/programs.ts'
import { stepHome } from './support/step-home.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair({ authority: { provisioners: [corp] } })
})
afterAll(() => pair.stop())

/** What a user of `step` sees of one authority: what it says, and the certificate that it leaves. */
async function scriptOn({ url }: Member, line: string, args: readonly string[]) {
  const home = await stepHome(pair.folder, url)
  try {
    const { certificate, key } = credentialFiles()
    writeFileSync(home.file('machine.crt'), certificate)
    writeFileSync(home.file('machine.key'), key)
    const result = await home.step(...words(line), ...words('--x5c-cert machine.crt --x5c-key machine.key'), ...args)
    const issued = result.status === 0 ? new X509Certificate(home.text('web.crt')) : undefined
    return {
      ...result,
      stderr: result.stderr.replaceAll(url, 'https://ca'),
      subject: issued?.subject,
      names: issued?.subjectAltName,
      notAfter: issued && Date.parse(issued.validTo),
      usages: issued?.keyUsage,
      extension: issued?.raw.includes(Buffer.from('corp')),
    }
  } finally {
    home.remove()
  }
}
const onBoth = (line: string, ...args: string[]) =>
  Promise.all([scriptOn(pair.signet, line, args), scriptOn(pair.stepCa, line, args)])

describe('step ca certificate by a certificate', () => {
  const line = 'ca certificate web.test web.crt web.key --provisioner corp'
  it('says and brings the same, no longer valid than the credential', async () => {
    const [ours, theirs] = await onBoth(line)
    expect(ours).toEqual(theirs)
    expect(ours).toEqual({
      status: 0,
      stdout: '',
      stderr: '✔ Provisioner: corp (X5C)\n✔ CA: https://ca\n✔ Certificate: web.crt\n✔ Private Key: web.key\n',
      subject: 'CN=web.test',
      names: 'DNS:web.test',
      notAfter: loadedAt + 4 * hour,
      usages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
      extension: true,
    })
  })

  it('with names of all kinds, for RSA', async () => {
    const names = ['web.test', '10.1.2.3', 'ops@web.test', 'spiffe://cluster.local/ns/a/sa/b']
    const [ours, theirs] = await onBoth(line, ...words('--kty RSA'), ...names.flatMap((name) => ['--san', name]))
    expect(ours).toEqual(theirs)
    expect(ours.names).toBe(
      'DNS:web.test, email:ops@web.test, IP Address:10.1.2.3, URI:spiffe://cluster.local/ns/a/sa/b',
    )
  })

  it('is refused alike beyond the end of the credential', async () => {
    const end = new Date(loadedAt + 5 * hour).toISOString().replace('.000', '')
    const [ours, theirs] = await onBoth(line, '--not-after', end)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ status: 1, stderr: expect.stringContaining('is after the expiration of') as string })
  })
})

type Wish = {
  readonly csr?: Parameters<typeof aCsr>[0]
  readonly claims?: object
  readonly header?: object
  readonly body?: object
  readonly resign?: (text: string) => string
}
const chain = (leaf = credential(), ...more: { readonly der: Uint8Array }[]) =>
  [leaf, ...more].map(({ der }) => toBase64(der))
const withIssuer = (...changes: Parameters<typeof credential>) => ({
  x5c: chain(credential(...changes), intermediate.certificate),
})

function tokenOf({ claims, header, resign = (text) => text }: Wish): string {
  const seconds = Math.floor(Date.now() / 1000)
  const all = {
    iss: 'corp',
    aud: 'https://localhost/1.0/sign#x5c/corp',
    sub: 'web.test',
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
    jti: randomUUID(),
    ...claims,
  }
  return resign(aToken(all, sharedKey, { ...withIssuer(), ...header }))
}

/** Sends the same CSR with the same token to both: each of them spends it. */
async function sign(wish: Wish): Promise<{ ours: Seen; theirs: Seen; again: () => Promise<Seen[]> }> {
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, ...wish.csr }).der)
  const body = JSON.stringify({ csr, ott: tokenOf(wish), ...wish.body })
  const post = async (member: Member): Promise<Seen> => seenOf(await member.send('/1.0/sign', { body }))
  const again = () => Promise.all([post(pair.signet), post(pair.stepCa)])
  const [ours, theirs] = await again()
  if (ours === undefined || theirs === undefined) throw new Error('no answer')
  return { ours, theirs, again }
}

describe('the same certificate comes of', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  it.each<[string, Wish]>([
    ['a token without sans', {}],
    ['a token with sans', { claims: { sans: ['web.test', '10.0.0.1'] } }],
    ['a CSR without common name', { csr: { subject: {} } }],
    ['an RSA key', { csr: { privateKey } }],
    ['a duration', { body: { notAfter: '1h' } }],
    ['a chain with its root', { header: { x5c: chain(credential(), intermediate.certificate) } }],
    ['a credential without extended usages', { header: withIssuer({ extKeyUsage: [] }) }],
    ['a port in the audience', { claims: { aud: 'https://localhost:9/sign#x5c/corp' } }],
  ])('%s', async (_, wish) => {
    const { ours, theirs } = await sign(wish)
    expect([ours.status, ours.headers]).toEqual([201, theirs.headers])
    const [our, their] = await Promise.all([contentOf(ours), contentOf(theirs)])
    // The end is the credential's, the begin each one's own.
    expect({ ...our, span: 0 }).toEqual({ ...their, span: 0 })
  })
})

describe('the same refusal comes of', () => {
  const hmacWithPublicKey = (text: string): string => {
    const body = text.split('.')[1] ?? ''
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', ...withIssuer() })).toString('base64url')
    const secret = createPublicKey(sharedKey).export({ type: 'spki', format: 'pem' })
    return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`
  }
  const unsigned = (text: string): string => {
    const head = Buffer.from(JSON.stringify({ alg: 'none', ...withIssuer() })).toString('base64url')
    return `${head}.${text.split('.')[1]}.`
  }
  it.each<[string, number, Wish]>([
    ['alg none', 401, { resign: unsigned }],
    ['key confusion: HS256 with a public key', 401, { resign: hmacWithPublicKey }],
    ['an untrusted chain', 401, { header: { x5c: chain(credential({}, impostor), impostor.certificate) } }],
    ['an expired chain', 401, { header: withIssuer({ notAfter: loadedAt - 60_000 }) }],
    ['a chain of tomorrow', 401, { header: withIssuer({ notBefore: loadedAt + hour }) }],
    ['a chain without its intermediate', 401, { header: { x5c: chain() } }],
    ['no chain', 401, { header: { x5c: undefined } }],
    ['a damaged chain', 401, { header: { x5c: ['AAAA'] } }],
    ['a credential for servers only', 401, { header: withIssuer({ extKeyUsage: ['serverAuth'] }) }],
    ['a credential that may not sign', 401, { header: withIssuer({ keyUsage: ['keyAgreement'] }) }],
    ['an audience of another host', 401, { claims: { aud: 'https://elsewhere/1.0/sign#x5c/corp' } }],
    ['an audience without the provisioner', 401, { claims: { aud: 'https://localhost/1.0/sign' } }],
    ['an audience for revoking', 401, { claims: { aud: 'https://localhost/1.0/revoke#x5c/corp' } }],
    ['another issuer', 401, { claims: { iss: 'ops' } }],
    ['no subject', 401, { claims: { sub: '' } }],
    ['an expired token', 401, { claims: { exp: loadedAt / 1000 - 120 } }],
    ['another common name', 403, { csr: { subject: { commonName: 'db.test' } }, claims: { sans: ['db.test'] } }],
    ['another DNS name', 403, { csr: { sans: ['db.test'] } }],
    ['a confirmation of another CSR', 403, { claims: { cnf: { 'x5rt#S256': 'AAAA' } } }],
    [
      'an end after the credential’s',
      403,
      { body: { notAfter: new Date(loadedAt + 5 * hour).toISOString().replace('.000', '') } },
    ],
    [
      'a start before the credential’s',
      403,
      { body: { notBefore: new Date(loadedAt - 2 * hour).toISOString().replace('.000', '') } },
    ],
  ])('%s: %i', async (_, status, wish) => {
    const { ours, theirs } = await sign(wish)
    expect([ours, ours.status]).toEqual([theirs, status])
  })

  it('replay: 401', async () => {
    const { again } = await sign({})
    const [ours, theirs] = await again()
    expect([ours, ours?.status]).toEqual([theirs, 401])
  })
})

it('both list the provisioner alike', async () => {
  const [ours, theirs] = await Promise.all([pair.signet.send('/provisioners'), pair.stepCa.send('/provisioners')])
  expect(seenOf(ours)).toEqual(seenOf(theirs))
})
