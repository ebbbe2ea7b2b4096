import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Agent } from 'node:https'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noNames } from '../../src/core/names/names.ts'
import { buildTbsCertificate, issuerFactsOf, signCertificate } from '../../src/core/x509/build.ts'
import { certificatesToPem, parseCertificate } from '../../src/core/x509/certificate.ts'
import { createName } from '../../src/core/x509/name.ts'
import { manualClock, type ManualClock } from '../fakes/manual-clock.ts'
import { makeAuthorityFolder, type AuthorityFolder } from '../harness/authority-folder.ts'
import { anIdentity, type Identity } from '../harness/issued-identity.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send, type WireAnswer } from '../harness/wire-client.ts'

const hour = 3_600_000
const masked =
  '{"status":401,"message":"The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info."}\n'

let ca: RunningAuthority
let clock: ManualClock
let plain: Agent
const agents: Agent[] = []

beforeEach(async () => {
  clock = manualClock(Date.now())
  ca = await startAuthority({ clock })
  plain = pool({})
})
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy()
  await ca.stop()
})

/** A pool that ends with the test. */
function pool(options: Parameters<typeof agentFor>[1]): Agent {
  const agent = agentFor(ca.folder, options)
  agents.push(agent)
  return agent
}

const poolWith = ({ chain, key }: Pick<Identity, 'chain' | 'key'>, options = {}): Agent =>
  pool({ cert: chain, key, ...options })
const renew = (agent: Agent, path = '/1.0/renew'): Promise<WireAnswer> =>
  send(agent, `${ca.url}${path}`, { method: 'POST' })
const errorOf = async ({ headers }: WireAnswer) => (await ca.lineOf(String(headers['x-request-id']))).err

describe('POST /renew over mutual TLS', () => {
  it.each(['/renew', '/re-sign', '/1.0/renew', '/1.0/re-sign'])(
    'on %s gives a new certificate for the same key',
    async (path) => {
      const identity = await anIdentity(ca, plain)
      clock.advance(hour)
      const answer = await renew(poolWith(identity), path)
      expect(answer.status).toBe(201)
      const body = JSON.parse(answer.body) as { crt: string; certChain: string[] }
      const [before, after] = [identity.leaf, body.crt].map((pem) => new X509Certificate(pem))
      expect(after?.publicKey.equals(before?.publicKey as never)).toBe(true)
      expect(after?.serialNumber).not.toBe(before?.serialNumber)
      expect([after?.subject, after?.subjectAltName]).toEqual([before?.subject, before?.subjectAltName])
      expect(Date.parse(after?.validTo ?? '') - Date.parse(before?.validTo ?? '')).toBe(hour)
      expect(body.certChain).toHaveLength(2)
    },
  )

  it('works with the leaf alone: the intermediate is ours', async () => {
    const { leaf, key } = await anIdentity(ca, plain)
    expect((await renew(poolWith({ chain: leaf, key }))).status).toBe(201)
  })

  it('refuses a client without a certificate, whatever it says in a header', async () => {
    const answer = await send(plain, `${ca.url}/renew`, { method: 'POST', headers: { 'X-Client-Cert': 'me' } })
    const message = 'The request could not be completed: missing client certificate.'
    expect([answer.status, answer.body]).toEqual([400, `${JSON.stringify({ status: 400, message })}\n`])
  })

  it('refuses a certificate that expires while its connection is kept', async () => {
    const identity = await anIdentity(ca, plain)
    const agent = poolWith(identity, { maxSockets: 1 })
    const first = await renew(agent)
    const { validTo } = new X509Certificate(identity.leaf)
    clock.advance(Date.parse(validTo) - clock.now() + 1000)
    const second = await renew(agent)
    expect([first.status, second.socket === first.socket]).toEqual([201, true])
    const day = new Date(validTo).toISOString()
    const message = `The request lacked necessary authorization to be completed: certificate expired on ${day.slice(0, 10)} ${day.slice(11, 19)} +0000 UTC`
    expect([second.status, second.body]).toEqual([401, `${JSON.stringify({ status: 401, message })}\n`])
    expect(second.socket.authorized).toBe(true)
  })

  it('renews an expired one where the provisioner allows it', async () => {
    const identity = await anIdentity(ca, plain)
    await ca.reconfigure({ authority: { ...authorityOf(ca.folder), claims: { allowRenewalAfterExpiry: true } } })
    clock.advance(48 * hour)
    expect((await renew(poolWith(identity))).status).toBe(201)
  })

  it('refuses where the provisioner has renewals disabled, or is gone', async () => {
    const agent = poolWith(await anIdentity(ca, plain))
    await ca.reconfigure({ authority: { ...authorityOf(ca.folder), claims: { disableRenewal: true } } })
    const disabled = await renew(agent)
    expect([disabled.status, disabled.body, (await errorOf(disabled))?.reason]).toEqual([
      401,
      masked,
      'RenewalDisabled',
    ])
    await ca.reconfigure({ authority: {} })
    const gone = await renew(agent)
    expect([gone.status, (await errorOf(gone))?.reason]).toEqual([401, 'RenewalDisabled'])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'never resumes a session of %s, so none outlives its certificate',
    async (version) => {
      const { chain, key } = await anIdentity(ca, plain)
      const options = { cert: chain, key, minVersion: version, maxVersion: version }
      const sessions: Buffer[] = []
      const first = await handshake(options, (session) => sessions.push(session))
      expect([first.reused, first.answer]).toEqual([false, expect.stringMatching(/^HTTP\/1\.1 201 /)])
      clock.advance(48 * hour)
      for (const session of [...sessions, first.session]) {
        const second = await handshake({ ...options, session })
        expect([second.reused, second.answer]).toEqual([false, expect.stringMatching(/^HTTP\/1\.1 401 /)])
      }
    },
  )

  it('refuses a certificate that the store does not know', async () => {
    const { privateKey, key } = await anIdentity(ca, plain)
    const chain = signedByHand(ca.folder, privateKey, clock.now())
    const answer = await renew(poolWith({ chain, key }))
    expect([answer.status, answer.body, (await errorOf(answer))?.reason]).toEqual([401, masked, 'RecordMissing'])
  })

  it('refuses a certificate of another authority, and goes on to serve its connection', async () => {
    const other = await startAuthority()
    const theirs = await anIdentity(other, agentFor(other.folder))
    await other.stop()
    const agent = poolWith(theirs, { maxSockets: 1 })
    expect((await renew(agent)).body).toBe(masked)
    expect((await send(agent, `${ca.url}/health`)).status).toBe(200)
  })

  it('refuses a certificate whose root a reload has removed, on a kept connection too', async () => {
    const next = await makeAuthorityFolder()
    const identity = await anIdentity(ca, plain)
    const agent = poolWith(identity, { maxSockets: 1 })
    const first = await renew(agent)
    const [ours, theirs] = [ca.folder, next].map(({ path }) => join(path, 'certs', 'root_ca.crt'))
    const issuer = intermediateOf(ca.folder, next)

    await ca.reconfigure({ ...issuer, root: [ours, theirs] })
    expect((await renew(agent)).status).toBe(201)

    await ca.reconfigure({ ...issuer, root: theirs })
    const last = await renew(agent)
    expect([first.status, last.status, last.body, last.socket === first.socket]).toEqual([201, 401, masked, true])
    next.remove()
  })
})

function authorityOf(folder: AuthorityFolder): object {
  return (JSON.parse(folder.configWith({})) as { authority: object }).authority
}

/** The other folder's intermediate, with its key under our password. */
function intermediateOf(ours: AuthorityFolder, other: AuthorityFolder): { crt: string; key: string } {
  const key = join(ours.path, 'secrets', 'next_key')
  const pem = readFileSync(join(other.path, 'secrets', 'intermediate_ca_key'), 'utf8')
  const opened = createPrivateKey({ key: pem, passphrase: other.password })
  writeFileSync(key, opened.export({ type: 'pkcs8', format: 'pem' }))
  return { crt: join(other.path, 'certs', 'intermediate_ca.crt'), key }
}

/** A chain with a leaf that the intermediate's key signed without anyone recording it. */
function signedByHand({ path, password }: AuthorityFolder, subjectKey: Identity['privateKey'], now: number): string {
  const intermediate = parseCertificate(readFileSync(join(path, 'certs', 'intermediate_ca.crt'), 'utf8'))
  const pem = readFileSync(join(path, 'secrets', 'intermediate_ca_key'), 'utf8')
  const facts = issuerFactsOf(intermediate)
  const spki = createPublicKey(subjectKey).export({ type: 'spki', format: 'der' })
  const tbs = buildTbsCertificate(
    {
      serial: '123456789',
      subject: createName({ commonName: 'web.test' }),
      names: noNames,
      notBefore: now - 60_000,
      notAfter: now + hour,
      spki,
      keyUsage: ['digitalSignature'],
      extKeyUsage: ['clientAuth'],
      extensions: [],
    },
    facts,
  )
  const der = signCertificate(tbs, facts.signatureAlgorithm, createPrivateKey({ key: pem, passphrase: password }))
  return certificatesToPem({ der }, intermediate)
}

type Handshake = { readonly reused: boolean; readonly answer: string; readonly session: Buffer }

/** Connects, asks for a renewal and says whether the session was resumed. */
function handshake(options: object, onSession?: (session: Buffer) => void): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      port: ca.runtime.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: ca.folder.root,
      ...options,
    })
    let answer = ''
    if (onSession !== undefined) socket.on('session', onSession)
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString()
    })
    socket.on('end', () => {
      resolve({ reused: socket.isSessionReused(), answer, session: socket.getSession() ?? Buffer.alloc(0) })
    })
    socket.write('POST /renew HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
}
