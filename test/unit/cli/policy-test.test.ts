import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../../src/cli/program.ts'
import { fakeCliIo } from '../../fakes/cli-io.ts'
import { aProvisionerKey } from '../../builders/tokens.ts'

let folder: string
let config: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-policy-'))
  config = join(folder, 'ca.json')
  const key = aProvisionerKey().jwk
  const authority = {
    policy: { x509: { allow: { dns: ['*.test'], cn: ['Jane Doe'] }, deny: { ip: ['10.0.0.0/8'] } } },
    provisioners: [
      { type: 'JWK', name: 'free', key },
      { type: 'JWK', name: 'bound', key: { ...key, kid: 'k' }, options: { x509: { deny: { dns: ['bad.test'] } } } },
    ],
  }
  const files = { root: 'r.crt', crt: 'i.crt', key: 'i.key', db: { type: 'sqlite', dataSource: 'db' } }
  writeFileSync(config, JSON.stringify({ ...files, address: ':9000', dnsNames: ['ca.test'], authority }))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: readonly string[]) {
  const io = fakeCliIo()
  const code = await runCommandLine(['ca', 'policy', 'test', ...args], io, [])
  return { code, out: io.said.out.trimEnd().split('\n'), err: io.said.err }
}

describe('ca policy test', () => {
  it('says which rule decides about each name', async () => {
    expect(await run(config, 'a.test', 'b.example', '10.1.1.1', 'me@a.test', '--common-name', 'Jane Doe')).toEqual({
      code: 1,
      out: [
        'allowed  dns "a.test" by authority.policy.x509.allow.dns[0]',
        'refused  dns "b.example" by authority.policy.x509.allow.dns',
        'refused  ip "10.1.1.1" by authority.policy.x509.deny.ip[0]',
        'refused  email "me@a.test" by authority.policy.x509.allow',
        'allowed  cn "Jane Doe" by authority.policy.x509.allow.cn[0]',
      ],
      err: 'signet: 3 of 5 names would be refused\n',
    })
  })

  it.each([
    [
      ['a.test', '--provisioner', 'bound'],
      [
        'allowed  dns "a.test": authority.provisioners[1].options.x509 has no rule about it',
        'allowed  dns "a.test" by authority.policy.x509.allow.dns[0]',
      ],
    ],
    [
      ['a.test', '--provisioner', 'free'],
      [
        'allowed  authority.provisioners[0].options.x509 has no rule',
        'allowed  dns "a.test" by authority.policy.x509.allow.dns[0]',
      ],
    ],
  ])('asks the provisioner’s rules first: %j', async (args, out) => {
    expect(await run(config, ...args)).toEqual({ code: 0, out, err: '' })
  })

  it('refuses with a provisioner’s rule what the authority allows', async () => {
    expect(await run(config, 'bad.test', '--provisioner', 'bound')).toMatchObject({
      code: 1,
      out: [
        'refused  dns "bad.test" by authority.provisioners[1].options.x509.deny.dns[0]',
        'allowed  dns "bad.test" by authority.policy.x509.allow.dns[0]',
      ],
    })
  })

  it.each([
    [['a.test', '--provisioner', 'x'], 'signet: --provisioner: there is no provisioner "x"\n'],
    [[], 'signet: no name: give some, or --common-name\n'],
    [['a b'], 'signet: "a b" is not a DNS name\n'],
  ])('tells what is wrong with %j', async (args, err) => {
    expect(await run(config, ...args)).toEqual({ code: 1, out: [''], err })
  })

  it('tells of a file that is none', async () => {
    const missing = join(folder, 'missing.json')
    expect((await run(missing, 'a.test')).err).toBe(`signet: <config>: cannot read ${missing}: ENOENT\n`)
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, '{')
    expect((await run(broken, 'a.test')).err).toMatch(
      /^signet: <config>: \S+ is not valid JSON at position \d+ \(line \d+ column \d+\)\n$/,
    )
  })
})
