import { X509Certificate, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, type CsrOptions } from '../builders/csr.ts'
import {
  aClusterKey,
  aLegacyToken,
  aProjectedToken,
  clusterIssuer,
  publicKeysOf,
} from '../builders/service-account-tokens.ts'
import { forgersKey } from '../builders/tokens.ts'
import { agentFor, send } from '../harness/wire-client.ts'
import { initFolder } from './support/ca-folder.ts'
import { contentOf, detailsOf } from './support/content-of.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'
import { runProgram, words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome } from './support/step-home.ts'

const key = aClusterKey()
const identity = 'spiffe://east.test/ns/shop/sa/web'
/** step-ca knows nothing of `signet`. */
const kube = {
  type: 'K8sSA',
  name: 'kube',
  publicKeys: publicKeysOf(aClusterKey(), key),
  claims: { maxTLSCertDuration: '48h' },
  signet: { legacyTokens: true, offline: { issuer: clusterIssuer, trustDomain: 'east.test' } },
}
const seconds = (): number => Math.floor(Date.now() / 1000)
const projected = (changes: object = {}): string =>
  aProjectedToken(key, 'https://localhost/1.0/sign#k8ssa/kube', seconds(), changes)

let pair: Pair
beforeAll(async () => {
  pair = await startPair({ authority: { provisioners: [kube] } })
})
afterAll(() => pair.stop())

/** What a user of `step` sees of one authority, and the certificate that it leaves. */
async function scriptOn({ url }: Member, token: string, args: readonly string[]) {
  const home = await stepHome(pair.folder, url)
  try {
    writeFileSync(home.file('token'), token)
    const result = await home.step('ca', 'certificate', ...args)
    const issued = result.status === 0 ? new X509Certificate(home.text('web.crt')) : undefined
    return {
      ...result,
      stderr: result.stderr.replaceAll(url, 'https://ca'),
      subject: issued?.subject,
      names: issued?.subjectAltName,
      usages: issued?.keyUsage,
    }
  } finally {
    home.remove()
  }
}
const onBoth = (token: string, ...args: string[]) =>
  Promise.all([scriptOn(pair.signet, token, args), scriptOn(pair.stepCa, token, args)])

describe('step ca certificate by an unbound token of old', () => {
  const files = ['web.crt', 'web.key']
  it('says and brings the same, found by the provisioner', async () => {
    const line = words('--provisioner kube --k8ssa-token-path token')
    const [ours, theirs] = await onBoth(aLegacyToken(key), 'web.test', ...files, ...line)
    expect(ours).toEqual(theirs)
    expect(ours).toEqual({
      status: 0,
      stdout: '',
      stderr: '✔ Provisioner: kube (K8sSA)\n✔ CA: https://ca\n✔ Certificate: web.crt\n✔ Private Key: web.key\n',
      subject: 'CN=web.test',
      // step writes only what --san says.
      names: undefined,
      usages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    })
  })

  it('says and brings the same, given as --token, with names of all kinds, for RSA', async () => {
    const token = aLegacyToken(key)
    const names = ['web.test', '10.1.2.3', 'ops@web.test', 'spiffe://cluster.local/ns/a/sa/b']
    const sans = names.flatMap((name) => ['--san', name])
    const [ours, theirs] = await onBoth(token, 'web', ...files, '--token', token, ...words('--kty RSA'), ...sans)
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({
      status: 0,
      subject: 'CN=web',
      names: 'DNS:web.test, email:ops@web.test, IP Address:10.1.2.3, URI:spiffe://cluster.local/ns/a/sa/b',
    })
  })

  it('renews on both', async () => {
    for (const { url } of [pair.signet, pair.stepCa]) {
      const home = await stepHome(pair.folder, url)
      try {
        const token = aLegacyToken(key)
        await home.step('ca', 'certificate', 'web.test', 'a.crt', 'a.key', '--token', token, '--san', 'web.test')
        const renewed = await home.step('ca', 'renew', 'a.crt', 'a.key', '--out', 'b.crt')
        expect(renewed).toMatchObject({ status: 0, stderr: expect.stringContaining('has been saved in b.crt') })
        const linesOf = async (name: string) => (await detailsOf(home.text(name))).split('\n').toSorted()
        expect(await linesOf('b.crt')).toEqual(await linesOf('a.crt'))
      } finally {
        home.remove()
      }
    }
  })
})

describe('step ca certificate by a projected token', () => {
  it('works with the identity that it proves, which no step-ca can', async () => {
    const token = projected()
    const [ours, theirs] = await onBoth(token, identity, 'web.crt', 'web.key', '--token', token)
    expect(ours).toEqual({
      status: 0,
      stdout: '',
      stderr: '✔ CA: https://ca\n✔ Certificate: web.crt\n✔ Private Key: web.key\n',
      subject: `CN=${identity}`,
      names: `URI:${identity}`,
      usages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    })
    expect(theirs).toMatchObject({ status: 1, stderr: expect.stringContaining('The request lacked') as string })
  })

  it('is refused with a name that nothing proves', async () => {
    const token = projected()
    const answer = await scriptOn(pair.signet, token, ['web.shop.svc', 'web.crt', 'web.key', '--token', token])
    expect(answer).toMatchObject({ status: 1, stderr: expect.stringContaining('The request lacked') as string })
  })
})

/** Sends the same CSR and token to both. */
async function sign(csr: CsrOptions, ott: string, body: object = {}): Promise<{ ours: Seen; theirs: Seen }> {
  const text = JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', aCsr(csr).der), ott, ...body })
  const post = async (member: Member): Promise<Seen> => seenOf(await member.send('/1.0/sign', { body: text }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

describe('the same certificate comes of', () => {
  const four = ['web.test', '10.1.2.3', 'a@b.test', 'spiffe://cluster.local/ns/a/sa/b']
  const subject = { commonName: 'web', organization: ['Ops'], country: ['DE'] }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  it.each<[string, CsrOptions, string, object?]>([
    ['a CSR with names and a subject', { subject, sans: four }, aLegacyToken(key)],
    ['a CSR without names', { subject }, aLegacyToken(key)],
    ['an RSA key', { subject, sans: four, privateKey }, aLegacyToken(key)],
    ['a duration', { sans: four }, aLegacyToken(key), { notAfter: '30h' }],
    ['a token that ends later', { sans: four }, aLegacyToken(key, { exp: seconds() + 300 })],
    ['a token for somebody else', { sans: four }, aLegacyToken(key, { aud: 'https://kubernetes.default.svc' })],
    ['a token with its key id', { sans: four }, aLegacyToken(key, {}, { kid: 'any' })],
  ])('%s', async (_, csr, token, body) => {
    const { ours, theirs } = await sign(csr, token, body)
    expect([ours.status, theirs.status]).toEqual([201, 201])
    expect(await contentOf(ours)).toEqual(await contentOf(theirs))
  })

  it('one token again and again', async () => {
    const token = aLegacyToken(key)
    for (let use = 0; use < 3; use++) {
      const { ours, theirs } = await sign({ sans: four }, token)
      expect([ours.status, theirs.status]).toEqual([201, 201])
    }
  })
})

describe('the same refusal comes of', () => {
  const csr = { sans: ['web.test'] }
  it.each<[string, number, CsrOptions, () => string, object?]>([
    ['another key', 401, csr, () => aLegacyToken(forgersKey)],
    ['alg none', 401, csr, () => aLegacyToken(key, {}, { alg: 'none' })],
    ['no subject', 401, csr, () => aLegacyToken(key, { sub: '' })],
    ['another issuer', 401, csr, () => aLegacyToken(key, { iss: 'kubernetes' })],
    ['an expired token', 401, csr, () => aLegacyToken(key, { exp: seconds() - 120 })],
    ['a token of tomorrow', 401, csr, () => aLegacyToken(key, { nbf: seconds() + 120 })],
    ['a longer life than the claims allow', 403, csr, () => aLegacyToken(key), { notAfter: '50h' }],
  ])('%s: %i', async (_, status, request, token, body) => {
    const { ours, theirs } = await sign(request, token(), body)
    expect([ours, ours.status]).toEqual([theirs, status])
  })

  it('a revocation, which the token is for no serial number of', async () => {
    const body = JSON.stringify({ serial: '12', reasonCode: 0, passive: true, ott: aLegacyToken(key) })
    const [ours, theirs] = await Promise.all(
      [pair.signet, pair.stepCa].map(async (member) => seenOf(await member.send('/1.0/revoke', { body }))),
    )
    expect([ours, ours?.status]).toEqual([theirs, 403])
  })
})

it('both list the provisioner alike', async () => {
  const [ours, theirs] = await Promise.all([pair.signet.send('/provisioners'), pair.stepCa.send('/provisioners')])
  expect(seenOf(ours)).toEqual(seenOf(theirs))
})

it('what step ca provisioner add writes starts, and says which flag makes the old tokens count', async () => {
  const folder = await initFolder('step')
  try {
    writeFileSync(folder.file('sa.pub'), createPublicKey(key).export({ type: 'spki', format: 'pem' }))
    const args = [...words('ca provisioner add kube --type K8SSA --public-key'), folder.file('sa.pub')]
    const added = await runProgram('step', [...args, '--ca-config', folder.config], { env: { STEPPATH: folder.path } })
    expect(added).toMatchObject({ status: 0 })
    const lists: string[] = []
    for (const program of ['step-ca', 'signet'] as const) {
      const server = await serve(program, folder)
      const agent = agentFor(folder)
      lists.push((await send(agent, `${folder.url}/provisioners`)).body)
      const body = { csr: encodePem('CERTIFICATE REQUEST', aCsr({ sans: ['a.test'] }).der), ott: aLegacyToken(key) }
      const { status } = await send(agent, `${folder.url}/1.0/sign`, { body: JSON.stringify(body) })
      expect([program, status]).toEqual([program, program === 'signet' ? 401 : 201])
      agent.destroy()
      await server.stop()
    }
    const [theirs, ours] = lists
    // step writes another case than step-ca knows; here the type is listed in its canonical one.
    expect(ours).toBe(theirs?.replace('"K8SSA"', '"K8sSA"'))
    const log = readFileSync(join(folder.path, '..', 'signet.log'), 'utf8')
    expect(log).toContain('signet.legacyTokens makes unbound tokens of service accounts count, as in step-ca')
  } finally {
    folder.remove()
  }
})
