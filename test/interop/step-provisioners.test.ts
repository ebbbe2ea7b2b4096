import { readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pemOf, spkiOf } from '../builders/ca-material.ts'
import { encodePem } from '../../src/core/pem.ts'
import { sharedKey } from '../builders/csr.ts'
import { until } from '../cluster/harness/wait.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { root } from './support/credentials.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

/** An authority whose own ca.json `step` edits while it serves. */
type Edited = { readonly folder: CaFolder; readonly process: ServerProcess; readonly home: StepHome }

let both: { readonly ours: Edited; readonly theirs: Edited }

async function start(init: 'signet' | 'step', server: 'signet' | 'step-ca'): Promise<Edited> {
  const folder = await initFolder(init)
  const process = await serve(server, folder)
  const home = await stepHome(folder, folder.url)
  writeFileSync(home.file('corp.crt'), pemOf(root))
  writeFileSync(home.file('sa.pub'), encodePem('PUBLIC KEY', spkiOf(sharedKey)))
  return { folder, process, home }
}

beforeAll(async () => {
  const [ours, theirs] = await Promise.all([start('signet', 'signet'), start('step', 'step-ca')])
  both = { ours, theirs }
})
afterAll(async () => {
  for (const { folder, process, home } of [both.ours, both.theirs]) {
    await process.stop()
    home.remove()
    folder.remove()
  }
})

/** Another one at each authority. */
const ofKeys = new Set(['kid', 'x', 'y', 'encryptedKey'])
const withoutKeys = (text: string): object =>
  JSON.parse(text, (name, value: unknown) => (ofKeys.has(name) ? 'of its key' : value)) as object

type Named = { readonly type: string; readonly name: string }

/**
 * What one side shows and what `step` wrote, by name: after an update `step` may write them in any order, which the authority has
 * to keep. What `step` writes as `K8SSA`, signet shows in its canonical case (src/http/README.md).
 */
function describeLists(shown: readonly Named[], written: readonly Named[]): object {
  const namesOf = (list: readonly Named[]): string[] => list.map(({ name }) => name)
  const byName = (list: readonly Named[]): object =>
    withoutKeys(JSON.stringify(list.toSorted((a, b) => (a.name < b.name ? -1 : 1))))
  const inCase = shown.map((each) => (each.type === 'K8SSA' ? { ...each, type: 'K8sSA' } : each))
  return {
    isInOrder: isDeepStrictEqual(namesOf(shown), namesOf(written)),
    shown: byName(inCase),
    written: byName(written),
  }
}

/** Nothing while the authority reads its file again. */
async function list({ home }: Edited): Promise<string | undefined> {
  const { status, stdout } = await home.step('ca', 'provisioner', 'list')
  return status === 0 ? stdout : undefined
}

/** Runs a line of `step ca provisioner`, has the authority read its file again, and waits until it shows. */
async function edit(edited: Edited, line: string): Promise<object> {
  const { folder, process, home } = edited
  const before = await list(edited)
  const files = ['--ca-config', folder.config, '--password-file', folder.provisionerPasswordFile]
  const { status, stdout, stderr } = await home.step('ca', 'provisioner', ...words(line), ...files)
  const said = { status, stdout, stderr: stderr.replaceAll(folder.config, 'ca.json') }
  if (status !== 0) return { said }
  process.signal('SIGHUP')
  const shown = await until(`the authority to show "${line}"`, 20_000, async () => {
    const now = await list(edited)
    return now === before ? undefined : now
  })
  const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as { authority: { provisioners: Named[] } }
  return { said, ...describeLists(JSON.parse(shown) as Named[], authority.provisioners) }
}

/** A certificate by a provisioner: what `step` says. */
async function issue({ folder, home }: Edited, flags: string): Promise<object> {
  const { status, stderr } = await home.step(
    ...words(`ca certificate web.test web.crt web.key --force ${flags}`),
    '--provisioner-password-file',
    folder.provisionerPasswordFile,
  )
  return { status, stderr: stderr.replaceAll(folder.url, 'https://ca').replace(/\[kid: .*\]/, '[kid]') }
}

async function onBoth(script: (edited: Edited) => Promise<object>): Promise<object> {
  const [ours, theirs] = await Promise.all([script(both.ours), script(both.theirs)])
  expect(ours).toEqual(theirs)
  return ours
}

describe('step ca provisioner edits ca.json, and after SIGHUP signet serves what step-ca does:', () => {
  it.each([
    'add team --type JWK --create',
    'add team --type JWK --create',
    'add corp --type X5C --x5c-roots corp.crt --x509-max-dur 2h --x509-default-dur 1h',
    'add sa --type K8SSA --public-key sa.pub --ssh=false',
    'add acme --type ACME --force-cn --require-eab --challenge http-01 --challenge dns-01',
    'add pop --type SSHPOP',
    'add amazon --type AWS --aws-account 123456789 --instance-age 1h --disable-custom-sans',
    'update corp --disable-renewal --allow-renewal-after-expiry',
    'update acme --remove-challenge http-01',
    'update amazon --remove-aws-account 123456789 --aws-account 987654321',
    'update nobody --disable-renewal',
    'remove acme',
    'remove acme',
  ])('%s', async (line) => {
    const outcome = await onBoth((edited) => edit(edited, line))
    expect(outcome).not.toMatchObject({ isInOrder: false })
  })

  it('a certificate of the new provisioner, whose limits change while it serves', async () => {
    const long = '--provisioner team --not-after 30h'
    expect(await onBoth((edited) => issue(edited, '--provisioner team'))).toMatchObject({ status: 0 })
    expect(await onBoth((edited) => issue(edited, long))).toMatchObject({ status: 1 })
    await onBoth((edited) => edit(edited, 'update team --x509-max-dur 48h'))
    expect(await onBoth((edited) => issue(edited, long))).toMatchObject({ status: 0 })
    await onBoth((edited) => edit(edited, 'remove team'))
    expect(await onBoth((edited) => issue(edited, '--provisioner team'))).toMatchObject({ status: 1 })
  })
})
