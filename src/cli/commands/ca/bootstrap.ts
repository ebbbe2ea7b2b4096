import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineCommand } from '../../command.ts'
import { readContexts, saveContext, saveCurrentContext } from '../../contexts.ts'
import { writeFile, writeFiles } from '../../files.ts'
import { caFlags, forceFlag } from '../../flags.ts'
import type { CliIo } from '../../io.ts'
import { caUrlOf } from '../../online/authority.ts'
import { fingerprintFlag, getRoot } from '../../online/root.ts'
import { openStepFolder, type StepContext, type StepFolder } from '../../step-path.ts'
import { requiredFlag } from '../../usage-errors.ts'

/** `signet ca bootstrap`: makes an authority known to this user, by the fingerprint of its root. */
export const command = defineCommand({
  description:
    'Keeps the root in certs/root_ca.crt and URL, fingerprint and root in config/defaults.json of the folder that `signet path` prints.',
  flags: {
    'ca-url': caFlags['ca-url'],
    ...fingerprintFlag,
    'redirect-url': {
      kind: 'string',
      placeholder: 'url',
      description: 'where a browser ends after a login, kept in defaults.json',
    },
    install: {
      kind: 'bool',
      description: 'not supported here',
      hidden: true,
      refused: 'install the root with `signet certificate install`',
    },
    ...forceFlag,
    context: {
      kind: 'string',
      placeholder: 'name',
      description: 'name of the context; the authority’s host unless given',
      commandLineOnly: true,
    },
    authority: {
      kind: 'string',
      placeholder: 'name',
      description: 'folder of the context’s authority; its name unless given',
      commandLineOnly: true,
    },
    profile: {
      kind: 'string',
      placeholder: 'name',
      description: 'folder of the context’s profile; its name unless given',
      commandLineOnly: true,
    },
  },
  // The context need not exist yet.
  withoutContext: true,
  examples: [
    {
      comment: 'Make an authority known',
      command:
        'signet ca bootstrap --ca-url https://ca.example.com --fingerprint d9d0978692f1c7cc791f5c343ce98771900721405e834cd27b9502cc719f5097',
    },
  ],
  async run(context) {
    const { flags, io, name } = context
    const url = caUrlOf(context)
    const fingerprint = flags.fingerprint?.trim()
    if (fingerprint === undefined || fingerprint === '') throw requiredFlag(name, 'fingerprint')
    const root = await getRoot(url, fingerprint)
    const made = contextOf(io, flags, new URL(url).hostname)
    const step = openStepFolder(io, made)
    if (made !== undefined) {
      await saveContext(io, made)
      await saveCurrentContext(io, made.name)
    } else if (existsSync(step.file('config', 'ca.json'))) io.err(advice)
    const redirect = flags['redirect-url']
    const defaults = { 'ca-url': url, fingerprint, root: rootFile(step), 'redirect-url': redirect }
    await save(io, step, { root, defaults, force: flags.force })
  },
})

const advice =
  "⚠️  It looks like step is already configured to connect to an authority.\nYou can use 'contexts' to easily switch between teams and authorities.\nLearn more at https://smallstep.com/docs/step-cli/the-step-command#contexts.\n\n"

type Named = Readonly<Record<'context' | 'authority' | 'profile', string | undefined>>

/** Undefined where nobody uses contexts: there are none, and no flag names one. */
function contextOf(io: CliIo, flags: Named, host: string): StepContext | undefined {
  const { context, authority, profile } = flags
  const used = readContexts(io).all.size > 0 || [context, authority, profile].some((name) => name !== undefined)
  if (!used) return undefined
  const name = context ?? authority ?? host
  return { name, authority: authority ?? name, profile: profile ?? name }
}

const rootFile = (step: StepFolder): string => step.file('certs', 'root_ca.crt')

type Known = { readonly root: string; readonly defaults: object; readonly force: boolean }

async function save(io: CliIo, step: StepFolder, { root, defaults, force }: Known): Promise<void> {
  const config = step.file('config', 'defaults.json')
  for (const file of [rootFile(step), config]) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  await writeFiles(
    io,
    [
      { path: rootFile(step), content: root },
      { path: config, content: JSON.stringify(defaults, null, 2), mode: 0o644 },
    ],
    { force },
  )
  io.err(`The root certificate has been saved in ${rootFile(step)}.\n`)
  io.err(`The authority configuration has been saved in ${config}.\n`)
  if (step.context === undefined) return
  const profile = join(step.profilePath, 'config', 'defaults.json')
  if (existsSync(profile)) return
  mkdirSync(dirname(profile), { recursive: true, mode: 0o700 })
  await writeFile(io, profile, '{}', { force })
  io.err(`The profile configuration has been saved in ${profile}.\n`)
}
