import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { agentFor, send } from '../harness/wire-client.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { runProgram, words } from './support/programs.ts'
import { serve } from './support/serve.ts'

let work: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'ca-json-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

/** Has a running CA issue a certificate to the real `step` and verifies it with openssl. */
async function issues(folder: CaFolder): Promise<void> {
  const [root, crt, key] = [folder.file('certs', 'root_ca.crt'), join(work, 'a.crt'), join(work, 'a.key')]
  const ca = ['--ca-url', folder.url, '--root', root, '--force']
  const by = ['--provisioner', 'ops', '--provisioner-password-file', folder.provisionerPasswordFile]
  const { status, stderr } = await runProgram('step', ['ca', 'certificate', 'a.test', crt, key, ...ca, ...by])
  expect([status, stderr]).toEqual([0, expect.stringContaining('Private Key')])
  expect(await run('openssl', ['verify', '-x509_strict', '-CAfile', root, '-untrusted', crt, crt])).toBe(`${crt}: OK\n`)
}

describe('a ca.json that step ca init wrote starts signet unchanged', () => {
  it.each([
    ['as usual', ''],
    ['with more names', '--dns ca.test --dns 10.0.0.1 --dns fd00::1'],
    ['without a database', '--no-db'],
    ['with an ACME provisioner', '--acme'],
    ['with SSH', '--ssh'],
    ['with SSH and ACME', '--ssh --acme'],
    ['with another URL for clients', '--with-ca-url https://ca.test:9443'],
    ['with a context', '--context work --profile me --authority corp'],
  ])('%s', async (_, flags) => {
    const folder = await initFolder('step', flags === '' ? [] : words(flags))
    const process = await serve('signet', folder)
    await issues(folder)
    expect((await process.stop()).code).toBe(0)
    folder.remove()
  })

  it('for a root that was there before', async () => {
    const [crt, key, password] = ['root.crt', 'root.key', 'root.password'].map((name) => join(work, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(password, 'of the root')
    const create = ['certificate', 'create', 'Root', crt, key, '--profile', 'root-ca', '--kty', 'RSA', '--size', '3072']
    expect(await runProgram('step', [...create, '--password-file', password])).toMatchObject({ status: 0 })
    const folder = await initFolder('step', ['--root', crt, '--key', key, '--key-password-file', password])
    const process = await serve('signet', folder)
    await issues(folder)
    await process.stop()
    folder.remove()
  })
})

it('a ca.json that signet ca init wrote starts the real step-ca unchanged', async () => {
  const folder = await initFolder('signet')
  const process = await serve('step-ca', folder)
  await issues(folder)
  expect((await process.stop()).code).toBe(0)
  folder.remove()
})

describe.each([
  ['signet', /ca\.json is not valid JSON/, /db cannot be changed by a reload/, 'authority.provisioners[0].key'],
  ['step-ca', /error parsing/, /database configuration cannot change/, 'error unmarshaling provisioner'],
] as const)('SIGHUP to %s', (by, notJson, otherDatabase, faulty) => {
  it('puts a new file into force, and leaves the old one in force where the new one is broken or has another db', async () => {
    const folder = await initFolder('step')
    const process = await serve(by, folder)
    const agent = agentFor(folder)
    const provisioners = async (): Promise<string[]> => {
      const { body } = await send(agent, `${folder.url}/provisioners`)
      return (JSON.parse(body) as { provisioners: { name: string }[] }).provisioners.map(({ name }) => name)
    }
    const written = JSON.parse(readFileSync(folder.config, 'utf8')) as {
      db: object
      authority: { provisioners: [{ key: object }] }
    }
    const [ops] = written.authority.provisioners
    const withProvisioners = (...more: object[]) => ({ ...written, authority: { provisioners: [ops, ...more] } })
    const reload = (text: string): void => {
      writeFileSync(folder.config, text)
      process.signal('SIGHUP')
    }
    const other = { ...ops, name: 'other', key: { ...ops.key, kid: 'other' } }

    reload(JSON.stringify(withProvisioners(other)).slice(0, -2))
    await process.untilSaid(notJson)
    expect(await provisioners()).toEqual(['ops'])

    reload(JSON.stringify({ ...withProvisioners(other), db: { ...written.db, dataSource: join(work, 'db') } }))
    await process.untilSaid(otherDatabase)
    expect(await provisioners()).toEqual(['ops'])

    reload(JSON.stringify({ ...written, authority: { provisioners: [{ ...ops, key: 'none' }, other] } }))
    await process.untilSaid(new RegExp(faulty.replaceAll(/[[\].]/g, String.raw`\$&`)))
    expect(await provisioners()).toEqual(['ops'])

    reload(JSON.stringify(withProvisioners(other)))
    await expect.poll(provisioners, { timeout: 10_000 }).toEqual(['ops', 'other'])
    agent.destroy()
    await process.stop()
    folder.remove()
  })
})
