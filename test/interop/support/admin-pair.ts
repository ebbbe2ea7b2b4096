import { writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { pemOf } from '../../builders/ca-material.ts'
import type { RunResult } from '../../cluster/harness/run.ts'
import { root as corpRoot } from './credentials.ts'
import { startPair, type Member, type Pair } from './pair.ts'
import { words } from './programs.ts'
import { stepHome, type StepHome } from './step-home.ts'

type Said = { readonly signet: string; readonly stepCa: string; readonly statuses: readonly [number, number] }

/** A provisioner as it is listed. */
export type Listed = { readonly name: string }

/** step-ca and signet with `authority.enableAdmin`, and a user of `step` at each. */
export type AdminPair = {
  readonly pair: Pair
  readonly homes: readonly [signet: StepHome, stepCa: StepHome]
  /** Runs one command of `step ca` against both, as this admin. */
  readonly both: (command: string, as?: string) => Promise<Said>
  /** Both do it, and say the same. */
  readonly same: (command: string, as?: string) => Promise<string>
  /** Both refuse it, and say the same. */
  readonly sameRefusal: (command: string, as?: string) => Promise<string>
  /** Both list the same provisioners, but those of `only`, which step-ca has none of; the names. */
  readonly sameList: (only?: readonly string[]) => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** Starts both, with the files that commands name. */
export async function startAdminPair(): Promise<AdminPair> {
  const pair = await startPair(({ authority }) => ({ authority: { ...(authority as object), enableAdmin: true } }))
  const { folder, signet, stepCa } = pair
  const env = { PAGER: 'cat' }
  const homes = [await stepHome(folder, signet.url, env), await stepHome(folder, stepCa.url, env)] as const
  for (const { file } of homes) {
    writeFileSync(file('corp.crt'), pemOf(corpRoot))
    writeFileSync(
      file('leaf.tpl'),
      '{"subject": {"commonName": {{ toJson .Subject.CommonName }}}, "sans": {{ toJson .SANs }}}',
    )
    writeFileSync(file('broken.tpl'), '{{ .Broken')
    writeFileSync(file('bearer'), 'a bearer token\n')
  }
  const known = new Set<string>()
  // Once for each admin: to open the key of the provisioner takes longer than all else of a command.
  const credentials = async (as: string): Promise<readonly string[]> => {
    const [crt, key] = [`${as}.crt`, `${as}.key`]
    const opened = ['--provisioner', 'ops', '--provisioner-password-file', folder.provisionerPasswordFile]
    if (!known.has(as)) await Promise.all(homes.map(({ step }) => step('ca', 'certificate', as, crt, key, ...opened)))
    known.add(as)
    return ['--admin-cert', crt, '--admin-key', key]
  }
  const both: AdminPair['both'] = async (command, as = 'step') => {
    const flags = await credentials(as)
    const run = ({ step }: StepHome): Promise<RunResult> => step('ca', ...words(command), ...flags)
    const [ours, theirs] = await Promise.all([run(homes[0]), run(homes[1])])
    return { signet: withoutChance(ours), stepCa: withoutChance(theirs), statuses: [ours.status, theirs.status] }
  }
  const alike =
    (status: number): AdminPair['same'] =>
    async (command, as) => {
      const { signet, stepCa, statuses } = await both(command, as)
      expect([command, signet]).toEqual([command, stepCa])
      expect([command, signet, ...statuses]).toEqual([command, signet, status, status])
      return signet
    }
  return {
    pair,
    homes,
    both,
    same: alike(0),
    sameRefusal: alike(1),
    async sameList(only = []) {
      const [ours, theirs] = await Promise.all([listOf(signet), listOf(stepCa)])
      expect(ours.filter(({ name }) => !only.includes(name))).toEqual(theirs)
      return ours.map(({ name }) => name)
    },
    async stop() {
      for (const { remove } of homes) remove()
      await pair.stop()
    },
  }
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Ids, secrets and ports are of the run, and so is the order of admins, which is the one of their ids. */
function withoutChance({ status, stdout, stderr }: RunResult): string {
  const lines = stdout.split('\n')
  const sorted = stdout.startsWith('SUBJECT') ? lines.toSorted((left, right) => (left < right ? -1 : 1)) : lines
  return [status, ...sorted, stderr]
    .join('\n')
    .replaceAll(uuid, 'UUID')
    .replaceAll(/localhost:\d+/g, 'localhost:PORT')
    .replaceAll(/[A-Za-z0-9+/]{86}==/g, 'SECRET')
}

/** All that `/provisioners` says but keys, which are of the run, by name: step-ca's order is the one of random ids. */
export async function listOf({ send }: Member): Promise<readonly Listed[]> {
  const { body } = await send('/provisioners?limit=100')
  const { provisioners } = JSON.parse(body.replaceAll(uuid, 'UUID')) as { provisioners: Listed[] }
  return provisioners
    .map((listed) => ({ ...listed, key: undefined, encryptedKey: undefined }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}
