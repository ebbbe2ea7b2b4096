import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../src/authority/authority.ts'
import type { RevokeX509Request } from '../../../src/authority/revoke-x509.ts'
import { encodePem } from '../../../src/core/pem.ts'
import { aCa, aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { countingRandom } from '../../fakes/counting-random.ts'
import { openssl, withFiles } from '../core/x509/openssl.ts'
import { anOcspRequest } from '../../builders/ocsp-request.ts'
import { ops, request, token } from './jwk-harness.ts'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const context = { requestId: 'r-4' }
const hour = 3_600_000
const ca = aCa()
const config = aConfig({ ca, ocsp: { validity: hour }, provisioners: someProvisioners(ops) })
const [root, issuer] = [ca.root.der, ca.issuer.chain[0].der].map((der) => encodePem('CERTIFICATE', der))

function revocation(serial: string, reasonCode = 1): RevokeX509Request {
  const text = token({ aud: 'https://ca.example.com/1.0/revoke', sub: serial, exp: noon / 1000 + 86_400 })
  return { serial, reasonCode, reason: '', credential: { kind: 'token', token: text } }
}

/** A request about these serial numbers as openssl makes it. */
function ask(serials: readonly string[], ...flags: readonly string[]): Uint8Array {
  return withFiles({ issuer: issuer ?? '', request: '' }, (pathOf) => {
    const asked = serials.flatMap((serial) => ['-serial', serial])
    const nonce = flags.includes('-nonce') ? [] : ['-no_nonce']
    openssl(
      [
        'ocsp',
        ...flags.filter((flag) => flag !== '-nonce'),
        '-issuer',
        pathOf('issuer'),
        ...asked,
        ...nonce,
        '-reqout',
        pathOf('request'),
      ],
      '',
    )
    return new Uint8Array(readFileSync(pathOf('request')))
  })
}

async function answerOf({ authority }: Pick<TestAuthority, 'authority'>, question: Uint8Array): Promise<Uint8Array> {
  const answer = await authority.respondOcsp(question)
  if (answer === undefined) throw new Error('OCSP is off')
  return answer.der
}

/** What openssl says of an answer at noon, its signer verified. */
function said(question: Uint8Array, answer: Uint8Array): string {
  return withFiles({ root: root ?? '', issuer: issuer ?? '', question: '', answer: '' }, (pathOf) => {
    writeFileSync(pathOf('question'), question)
    writeFileSync(pathOf('answer'), answer)
    const files = ['-reqin', pathOf('question'), '-respin', pathOf('answer')]
    const trust = ['-CAfile', pathOf('root'), '-verify_other', pathOf('issuer'), '-attime', String(noon / 1000 + 5)]
    const { stdout, stderr } = spawnSync('openssl', ['ocsp', ...files, ...trust, '-resp_text'], { encoding: 'utf8' })
    return `${stdout}${stderr}`
  })
}

async function anIssued(): Promise<TestAuthority & { readonly serial: string }> {
  const test = anAuthority(config)
  const { chain } = await test.authority.signX509(request(), context)
  return { ...test, serial: chain[0].serial }
}

describe('OCSP', () => {
  it('is off by default', async () => {
    expect(await anAuthority().authority.respondOcsp(ask(['1']))).toBeUndefined()
  })

  it('says good, revoked and unknown, by a signer that openssl accepts', async () => {
    const test = await anIssued()
    await test.authority.revokeX509(revocation('77', 4), context)
    await test.authority.revokeX509(revocation('78', 0), context)
    for (const [serial, lines] of [
      [test.serial, ['Cert Status: good']],
      [
        '77',
        ['Cert Status: revoked', 'Revocation Time: Jan  1 12:00:00 2026 GMT', 'Revocation Reason: superseded (0x4)'],
      ],
      ['78', ['Cert Status: revoked', 'Revocation Time: Jan  1 12:00:00 2026 GMT']],
      ['79', ['Cert Status: unknown']],
    ] as const) {
      const question = ask([serial])
      const text = said(question, await answerOf(test, question))
      expect(text).toContain('Response verify OK')
      for (const line of [...lines, 'This Update: Jan  1 12:00:00 2026 GMT', 'Next Update: Jan  1 13:00:00 2026 GMT']) {
        expect(text).toContain(line)
      }
      expect(text.includes('Revocation Reason')).toBe(serial === '77')
    }
  })

  it('answers about several at once, with SHA-256, and repeats a nonce', async () => {
    const test = await anIssued()
    const question = ask([test.serial, '5'], '-sha256', '-nonce')
    const text = said(question, await answerOf(test, question))
    expect(text).toContain('Response verify OK')
    expect(text).not.toContain('no nonce in response')
    expect(text.match(/Cert Status: .*/g)).toEqual(['Cert Status: good', 'Cert Status: unknown'])
    expect(text.match(/Hash Algorithm: .*/g)).toEqual(['Hash Algorithm: sha256', 'Hash Algorithm: sha256'])
  })

  it('keeps an answer for half of its time, and not beyond a revocation', async () => {
    const test = await anIssued()
    const question = ask([test.serial])
    const first = await answerOf(test, question)
    test.clock.advance(hour / 2 - 1)
    expect(await answerOf(test, question)).toBe(first)
    test.clock.advance(1)
    const second = await answerOf(test, question)
    expect(second).not.toBe(first)
    expect(said(question, second)).toContain('Next Update: Jan  1 13:30:00 2026 GMT')
    await test.authority.revokeX509(revocation(test.serial), context)
    expect(said(question, await answerOf(test, question))).toContain('Cert Status: revoked')
  })

  it('keeps no answer that was overtaken by a revocation', async () => {
    const test = await anIssued()
    const question = ask([test.serial])
    await Promise.all([answerOf(test, question), test.authority.revokeX509(revocation(test.serial), context)])
    expect(said(question, await answerOf(test, question))).toContain('Cert Status: revoked')
  })

  it('keeps nothing about what is unknown, or with a nonce', async () => {
    const test = await anIssued()
    for (const question of [ask(['5']), ask([test.serial], '-nonce')]) {
      expect((await test.authority.respondOcsp(question))?.lasting).toBeUndefined()
      expect(await answerOf(test, question)).not.toBe(await answerOf(test, question))
    }
  })

  it('signs with a certificate of a day that nobody asks about, and takes another after two thirds', async () => {
    const test = await anIssued()
    const question = ask([test.serial], '-nonce')
    await Promise.all([answerOf(test, question), answerOf(test, question)])
    const signers = () => test.events.issuedRecords.filter(({ record }) => record.issuedTo.kind === 'authority')
    expect(signers()).toHaveLength(1)
    const der = signers()[0]?.record.certificate ?? new Uint8Array()
    const text = openssl(['x509', '-noout', '-text', '-nameopt', 'RFC2253'], encodePem('CERTIFICATE', der))
    expect(text).toContain('Subject: CN=Step Online CA OCSP')
    expect(text).toContain('Not After : Jan  2 12:00:00 2026 GMT')
    expect(text).toMatch(/X509v3 Extended Key Usage: \n +OCSP Signing\n/)
    expect(text).toContain('OCSP No Check')
    test.clock.advance(16 * hour - 1)
    await answerOf(test, question)
    expect(signers()).toHaveLength(1)
    test.clock.advance(1)
    await Promise.all([answerOf(test, question), answerOf(test, question)])
    expect(signers()).toHaveLength(2)
  })

  it('goes on with its signer where no other can be made', async () => {
    const test = await anIssued()
    const question = ask([test.serial], '-nonce')
    await answerOf(test, question)
    test.clock.advance(17 * hour)
    test.store.record = () => Promise.reject(new Error('disk full'))
    expect(said(question, await answerOf(test, question))).toContain('Cert Status: good')
    test.clock.advance(7 * hour)
    await expect(answerOf(test, question)).rejects.toThrow('disk full')
  })

  it('signs for another issuer as soon as that is in force', async () => {
    const test = await anIssued()
    const question = ask([test.serial])
    await answerOf(test, question)
    test.authority.reconfigure({ ...config, issuer: aCa('Other').issuer })
    expect(Buffer.from(await answerOf(test, ask([test.serial], '-nonce'))).toString('hex')).toBe('30030a0106')
  })

  it('knows nothing of what another issuer of ours has issued, revoked or not', async () => {
    const [test, other] = [await anIssued(), aCa('Other')]
    test.authority.reconfigure({ ...config, issuer: other.issuer, roots: [...config.roots, other.root] })
    const issuer = other.issuer.chain[0]
    const statusOf = async (serial: string): Promise<string> => {
      const answer = Buffer.from(await answerOf(test, anOcspRequest({ issuer, serials: [serial] })))
      // SingleResponse ends: the serial number, then [0] good, [1] revoked or [2] unknown (RFC 6960 §4.2.1).
      const [, end = ''] = answer.toString('hex').split(BigInt(serial).toString(16))
      return end.startsWith('8200180f') ? 'unknown' : 'known'
    }
    expect(await statusOf(test.serial)).toBe('unknown')
    await test.authority.revokeX509(revocation(test.serial, 4), context)
    expect(await statusOf(test.serial)).toBe('unknown')
    const own = await test.authority.signX509(request(), context)
    expect(await statusOf(own.chain[0].serial)).toBe('known')
  })

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), '30030a0101'],
    ['no request', Uint8Array.of(1, 2, 3), '30030a0101'],
    ['a hash that is not served', ask(['5'], '-md5'), '30030a0106'],
  ])('answers %s with an error', async (_, question, hex) => {
    const answer = await anAuthority(config).authority.respondOcsp(question)
    expect([Buffer.from(answer?.der ?? []).toString('hex'), answer?.lasting]).toEqual([hex, undefined])
  })

  it('asks to try again while the store cannot be read', async () => {
    const { authority, store } = anAuthority(config)
    await store.close()
    expect(Buffer.from(await answerOf({ authority }, ask(['5']))).toString('hex')).toBe('30030a0103')
  })

  it('does not answer for certificates of others', async () => {
    const elsewhere = createAuthority(
      {
        ...anAuthority(),
        fetcher: anAuthority().web,
        random: countingRandom('x'),
        kubernetes: undefined,
        policy: undefined,
      },
      aConfig({ ca: aCa('Other'), ocsp: { validity: hour } }),
    )
    expect(Buffer.from(await answerOf({ authority: elsewhere }, ask(['5']))).toString('hex')).toBe('30030a0106')
  })
})
