import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../../cluster/harness/run.ts'
import { runProgram, words } from '../support/programs.ts'

type Cli = 'signet' | 'step'

const folder = mkdtempSync(join(tmpdir(), 'signet-crypto-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'pass'), 'correct horse\n')
writeFileSync(join(folder, 'payload.json'), '{"b":"<&>","a":[1,{}]}')
writeFileSync(join(folder, 'wrong'), 'battery staple\n')

const both = ['signet', 'step'] as const
const directions = [
  ['signet', 'step'],
  ['step', 'signet'],
] as const

/** Runs a line in the folder, with nothing of a configuration. */
function cli(program: Cli, line: string, input = ''): Promise<RunResult> {
  return runProgram(program, words(line), { cwd: folder, env: { STEPPATH: join(folder, '.step') }, input })
}

/** What the line printed; it must not fail. */
async function output(program: Cli, line: string, input = ''): Promise<string> {
  const { stdout, stderr, status } = await cli(program, line, input)
  if (status !== 0) throw new Error(`${program} ${line}: ${stderr}`)
  return stdout
}

/** The same line in both prints the same; gives it. */
async function same(line: string, input = ''): Promise<string> {
  const [ours, theirs] = await Promise.all(both.map((program) => output(program, line, input)))
  expect(ours).toBe(theirs)
  return ours ?? ''
}

/** The same line fails in both with the same code and the same words. */
async function sameFailure(line: string, input = ''): Promise<string> {
  const [ours, theirs] = await Promise.all(both.map((program) => cli(program, line, input)))
  const seen = (result: RunResult | undefined) => [
    result?.status,
    result?.stdout,
    result?.stderr.replace(/^signet: /, '').replaceAll('signet', 'step'),
  ]
  expect(seen(ours)).toEqual(seen(theirs))
  return ours?.stderr ?? ''
}

const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
const mode = (name: string): string => (statSync(join(folder, name)).mode & 0o777).toString(8)

describe('base64', () => {
  it.each(['', '-r', '-u', '-u -r'])('encodes and decodes with %j', async (flags) => {
    const line = `base64 ${flags}`.trim()
    // As an argument: `step` takes no standard input that is a socket.
    const encoded = (await same(`${line} abc123$%^&*)_+-=~ÿ?>`)).trim()
    expect(await same(`base64 -d ${flags} ${encoded}`.replace('  ', ' '))).toBe('abc123$%^&*)_+-=~ÿ?>')
    expect(await same(`base64 -d ${encoded}`)).toBe('abc123$%^&*)_+-=~ÿ?>')
    await same(`${line} two words`)
    expect(await output('signet', line, 'abc123$%^&*)_+-=~ÿ?>')).toBe(`${encoded}\n`)
  })

  it('refuses what is no base64', async () => {
    expect(await sameFailure('base64 -d YWJj$A==')).toContain('illegal base64 data at input byte 4\n')
  })
})

const keyKinds = ['--kty EC', '--kty EC --crv P-521', '--kty RSA', '--kty OKP', '--kty oct']

describe('jwk', () => {
  it.each(directions.flatMap(([maker, reader]) => keyKinds.map((kind) => [maker, reader, kind] as const)))(
    'that %s makes opens in %s: %s',
    async (maker, reader, kind) => {
      const [pub, priv] = [`${maker}.pub.json`, `${maker}.json`]
      const made = await cli(maker, `crypto jwk create ${pub} ${priv} ${kind} --password-file pass --force`)
      expect(made).toEqual({
        stdout: '',
        stderr: `Your public key has been saved in ${pub}.\nYour private key has been saved in ${priv}.\n`,
        status: 0,
      })
      expect([mode(pub), mode(priv)]).toEqual(['600', '600'])
      const opened = await output(reader, 'crypto jwe decrypt --password-file pass', text(priv))
      expect(await same('crypto jwk public', opened)).toBe(`${text(pub)}\n`)
      // `step` refuses thumbprints of symmetric keys, which would tell of the secret.
      if (kind !== '--kty oct') await same('crypto jwk thumbprint', text(pub))
      expect((await cli(reader, 'crypto jwe decrypt --password-file wrong', text(priv))).status).toBe(1)
    },
  )
})

describe('jwe', () => {
  const cases = [
    ['--kty EC', ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']],
    ['--kty RSA', ['RSA-OAEP', 'RSA-OAEP-256']],
    ['--kty oct', ['dir', 'A256KW', 'A256GCMKW']],
  ] as const
  const each = directions.flatMap(([writer, reader]) =>
    cases
      // `step` encrypts for no symmetric key.
      .filter(([kind]) => writer === 'signet' || kind !== '--kty oct')
      .flatMap(([kind, algorithms]) => algorithms.map((alg) => [writer, reader, kind, alg] as const)),
  )
  it.each(each)('that %s makes opens in %s: %s %s', async (writer, reader, kind, alg) => {
    const [pub, priv] = [`jwe-${writer}.pub`, `jwe-${writer}`]
    await output(reader, `crypto jwk create ${pub} ${priv} ${kind} --use enc --alg ${alg} --no-password --insecure -f`)
    const jwe = await output(writer, `crypto jwe encrypt --key ${pub}`, 'a secret\n')
    expect(await output(reader, `crypto jwe decrypt --key ${priv}`, jwe)).toBe('a secret\n')
    expect(Object.keys(JSON.parse(jwe) as object)[0]).toBe('protected')
  })

  it('says what is wrong, as step does', async () => {
    expect(await sameFailure('crypto jwe encrypt --key a --jwks b')).toContain('mutually exclusive')
    await sameFailure('crypto jwe encrypt --jwks b', 'data')
  })
})

describe('jwt', () => {
  const claims = '--iss me --aud you --sub it --exp 4102444800 --nbf 1 --iat 1 --jti 7'
  const cases = [
    ['--kty EC', 'ES256'],
    ['--kty RSA', 'RS256'],
    ['--kty RSA', 'PS384'],
    ['--kty OKP', 'EdDSA'],
    ['--kty oct', 'HS512'],
  ] as const
  it.each(cases)('verifies in both, whoever made it: %s %s', async (kind, alg) => {
    const files = `jwt-${alg}.pub jwt-${alg}`
    await output('step', `crypto jwk create ${files} ${kind} --alg ${alg} --no-password --insecure`)
    const line = `crypto jwt sign --key jwt-${alg} ${claims} --header cty=x payload.json`
    const tokens = await Promise.all(both.map((program) => output(program, line)))
    const [ours, theirs] = tokens
    expect(ours?.split('.').slice(0, 2)).toEqual(theirs?.split('.').slice(0, 2))
    for (const token of tokens) {
      const verified = await same(`crypto jwt verify --key jwt-${alg}.pub --iss me --aud you`, token)
      expect(await same('crypto jwt inspect --insecure', token)).toBe(verified)
      await sameFailure(`crypto jwt verify --key jwt-${alg}.pub --iss other --aud others`, token)
    }
    const forged = ours?.replace(/\.[^.]+\./, `.${Buffer.from('{"iss":"me","aud":"you"}').toString('base64url')}.`)
    expect(await sameFailure(`crypto jwt verify --key jwt-${alg}.pub --iss me --aud you`, forged)).toContain(
      'validation failed: invalid signature\n',
    )
  })

  it('says what is wrong, as step does', async () => {
    await output('step', 'crypto jwk create w.pub w --no-password --insecure')
    for (const flags of [
      '',
      '--iss a',
      '--iss a --aud b',
      '--iss a --aud b --sub c',
      '--iss a --aud b --sub c --exp 1',
    ])
      await sameFailure(`crypto jwt sign --key w ${flags}`.trim())
    expect(await sameFailure('crypto jwt inspect')).not.toBe('')
    await sameFailure('crypto jwt sign --key w.pub --iss a --aud b --sub c --exp 4102444800')
  })
})

describe('hash', () => {
  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512-224', 'sha512-256', 'md5 --insecure'])(
    'of a file and a folder with %s',
    async (alg) => {
      mkdirSync(join(folder, 'tree', 'sub'), { recursive: true })
      writeFileSync(join(folder, 'tree', 'sub', 'file'), 'content', { mode: 0o600 })
      writeFileSync(join(folder, 'tree', 'other'), '')
      const printed = await same(`crypto hash digest --alg ${alg} pass tree`)
      const [file] = printed.split(' ')
      expect(await same(`crypto hash compare --alg ${alg} ${file} pass`)).toBe('ok\n')
      expect(await sameFailure(`crypto hash compare --alg ${alg} ${file} wrong`)).toContain('fail\n')
    },
  )
})

describe('rand', () => {
  it.each([
    ['', /^[!-~]{32}\n$/],
    ['--format hex 16', /^[0-9a-f]{16}\n$/],
    ['--format die', /^[1-6]\n$/],
    ['--format upper 20', /^[A-Z]{20}\n$/],
    ['--format uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/],
  ])('%j has the form that step gives it', async (flags, form) => {
    for (const program of both) expect(await output(program, `crypto rand ${flags}`.trim())).toMatch(form)
  })
})

describe('keypair', () => {
  it.each(directions.flatMap(([maker, reader]) => ['EC', 'RSA', 'OKP'].map((kty) => [maker, reader, kty] as const)))(
    'that %s makes opens in %s: %s',
    async (maker, reader, kty) => {
      const made = await cli(maker, `crypto keypair k.pub k.pem --kty ${kty} --password-file pass --force`)
      expect(made).toEqual({
        stdout: '',
        stderr: 'Your public key has been saved in k.pub.\nYour private key has been saved in k.pem.\n',
        status: 0,
      })
      expect([mode('k.pub'), mode('k.pem')]).toEqual(['600', '600'])
      const alg = { EC: 'ES256', RSA: 'RS256', OKP: 'EdDSA' }[kty] ?? ''
      await output(reader, `crypto jwk create --from-pem k.pub --alg ${alg} p.json none --force`)
      await output(maker, `crypto jwk create --from-pem k.pub --alg ${alg} q.json none --force`)
      expect(text('p.json')).toBe(text('q.json'))
    },
  )
})
