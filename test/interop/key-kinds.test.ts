import type { KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { keyKinds } from '../builders/key-kinds.ts'
import { agentFor, aStepToken, send } from '../harness/wire-client.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { runProgram, words } from './support/programs.ts'
import { serve } from './support/serve.ts'

/** Flags of `step certificate create`, how `step` then writes the key, and the signature that openssl names. */
const caKinds = [
  ['RSA 2048', '--kty RSA --size 2048', 'as step writes it', 'sha256WithRSAEncryption'],
  ['RSA 3072', '--kty RSA --size 3072', 'PKCS #8', 'sha256WithRSAEncryption'],
  ['RSA 4096', '--kty RSA --size 4096', 'JWE', 'sha256WithRSAEncryption'],
  ['P-256', '--kty EC --crv P-256', 'JWE', 'ecdsa-with-SHA256'],
  ['P-384', '--kty EC --crv P-384', 'PKCS #8', 'ecdsa-with-SHA384'],
  ['P-521', '--kty EC --crv P-521', 'as step writes it', 'ecdsa-with-SHA512'],
  ['Ed25519', '--kty OKP --crv Ed25519', 'as step writes it', 'ED25519'],
  ['Ed25519', '--kty OKP --crv Ed25519', 'JWE', 'ED25519'],
  ['P-256', '--kty EC --crv P-256', 'not encrypted', 'ecdsa-with-SHA256'],
  ['RSA 2048', '--kty RSA --size 2048', 'not encrypted', 'sha256WithRSAEncryption'],
] as const

/** Writes the file `ca.key`, which is encrypted, once more: the commands of the real `step`. */
const rewrites: Readonly<Record<string, (password: string, kty: string) => string[][]>> = {
  'PKCS #8': (password) => [
    [...words('crypto key format --pkcs8 --pem --out other.key --force --password-file'), password, 'ca.key'],
  ],
  JWE: (password, kty) => [
    plainly('plain.key', password),
    [
      ...words('crypto jwk create --from-pem plain.key --force'),
      ...(kty === 'RSA' ? ['--alg', 'RS256'] : []),
      '--password-file',
      password,
      'public.json',
      'other.key',
    ],
  ],
  'not encrypted': (password) => [plainly('other.key', password)],
}

function plainly(out: string, password: string): string[] {
  const options = words('--pem --no-password --insecure --force --password-file')
  return ['crypto', 'key', 'format', '--out', out, ...options, password, 'ca.key']
}

const firstWords: Readonly<Record<string, RegExp>> = {
  'as step writes it': /^-----BEGIN (?:(?:RSA|EC) PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED|ENCRYPTED PRIVATE KEY)/,
  'PKCS #8': /^-----BEGIN ENCRYPTED PRIVATE KEY/,
  JWE: /^\{\s*"protected"/,
  'not encrypted': /^-----BEGIN (?:RSA |EC )?PRIVATE KEY-----\n(?!Proc-Type)/,
}

let folder: CaFolder
let work: string
const keys = new Map<string, KeyObject>()
beforeAll(async () => {
  folder = await initFolder('step')
  work = mkdtempSync(join(tmpdir(), 'key-kinds-'))
  for (const [name, make] of Object.entries(keyKinds)) keys.set(name, make())
})
afterAll(() => {
  folder.remove()
  rmSync(work, { recursive: true, force: true })
})

async function step(...args: readonly string[]): Promise<void> {
  const { status, stderr } = await runProgram('step', args, { cwd: work })
  expect([status, stderr]).toEqual([0, expect.anything()])
}

describe.each(caKinds)('a CA on %s (%s), its key %s', (_, flags, form, signature) => {
  it('certifies keys of every kind', async () => {
    const [password, create] = [
      ['--password-file', folder.passwordFile],
      ['--force', ...words(flags)],
    ]
    await step('certificate', 'create', 'Root', ...words('root.crt root.key --profile root-ca'), ...create, ...password)
    const under = [...words('--profile intermediate-ca --ca root.crt --ca-key root.key'), '--ca-password-file']
    const intermediate = [...words('ca.crt ca.key'), ...under, folder.passwordFile]
    await step('certificate', 'create', 'Intermediate', ...intermediate, ...create, ...password)
    const commands = rewrites[form]?.(folder.passwordFile, words(flags)[1] ?? '') ?? []
    for (const command of commands) await step(...command)
    const key = join(work, commands.length === 0 ? 'ca.key' : 'other.key')
    expect(readFileSync(key, 'utf8')).toMatch(firstWords[form] ?? /never/)

    const [root, crt] = [join(work, 'root.crt'), join(work, 'ca.crt')]
    const process = await serve('signet', folder, { config: folder.variant('keys.json', { root, crt, key }) })
    const agent = agentFor({ root: readFileSync(root, 'utf8') })
    for (const [name, privateKey] of keys) {
      const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, privateKey }).der)
      const answer = await send(agent, `${folder.url}/sign`, { body: JSON.stringify({ csr, ott: aStepToken(folder) }) })
      expect([name, answer.status]).toEqual([name, 201])
      const leaf = join(work, 'leaf.crt')
      writeFileSync(leaf, (JSON.parse(answer.body) as { crt: string }).crt)
      const verified = await run('openssl', ['verify', '-x509_strict', '-CAfile', root, '-untrusted', crt, leaf])
      expect(verified).toBe(`${leaf}: OK\n`)
      const text = await run('openssl', ['x509', '-in', leaf, '-noout', '-text'])
      expect([...text.matchAll(/Signature Algorithm: (.*)/g)].map(([, found]) => found)).toEqual([signature, signature])
    }
    agent.destroy()
    await process.stop()
  })
})
