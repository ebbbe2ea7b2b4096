import { readTextFile } from '../../adapters/keys/certificate-files.ts'
import { createAdministration } from '../../authority/admin/administration.ts'
import { firstState } from '../../authority/admin/first-state.ts'
import { readLinkedPolicy } from '../../authority/admin/policy.ts'
import { provisionersOf } from '../../authority/admin/provisioners.ts'
import { changesBetween, emptyState, stateOf, type AdminState } from '../../authority/admin/state.ts'
import type { AdminStore } from '../../authority/admin/store.ts'
import { createSnapshot } from '../../authority/config.ts'
import type { Clock, Random } from '../../core/clock.ts'
import { SignetError } from '../../core/errors.ts'
import { readJson } from '../../core/json-reader.ts'
import type { Log } from '../../core/log.ts'
import { loadTextTemplates, mentionsTextTemplates } from '../../core/templates/text-templates.ts'
import { randomUuid } from '../../core/uuid.ts'
import { adminRoutes } from '../../http/routes/admin/index.ts'
import { answersOf, type LoadedConfig } from './load.ts'

export { adminRoutes, createAdministration }

/** What the database has for the admin API. */
export type StoredAdministration = { readonly revision: number; readonly state: AdminState }

export type OpenOptions = {
  readonly administration: AdminStore
  readonly loaded: LoadedConfig
  /** Of the issuing key, which also opens the key of a provisioner that has to be made. */
  readonly password: string | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Reads it; at the first start, what ca.json has is written there, and the first admin is made. */
export async function openAdministration(options: OpenOptions): Promise<StoredAdministration> {
  const { administration, loaded, log } = options
  const { revision, documents } = await administration.load()
  const given = loaded.ca.administration?.provisioners
  const state = stateOf(documents)
  const read = revision === 0 ? [given] : state.provisioners
  if (mentionsTextTemplates(JSON.stringify(read))) await loadTextTemplates()
  if (revision === 0) return begin(options)
  if (Array.isArray(given) && given.length > 0) {
    const warning = 'is ignored: with enableAdmin the provisioners are those of the admin API; remove them here'
    log.warn({ path: 'authority.provisioners', warning }, 'ca.json holds otherwise here')
  }
  return { revision, state }
}

async function begin(options: OpenOptions): Promise<StoredAdministration> {
  const { administration, loaded, clock, random, log } = options
  const { ca } = loaded
  const state = await firstState({
    provisioners: ca.administration?.provisioners,
    claims: ca.claims,
    readFile: readTextFile,
    now: clock.now(),
    newId: () => randomUuid(random),
    async makeKey() {
      const password = passwordOf(options)
      // With jose, which is needed for this alone.
      const { makeProvisionerKey } = await import('../../cli/init/provisioner-key.ts')
      return makeProvisionerKey(password)
    },
  })
  // What cannot be put into force is not written either.
  createSnapshot(administered(loaded, state).authority)
  if (!(await administration.change(0, changesBetween(emptyState, state)))) {
    throw new SignetError('unavailable', 'another process changes the database of the admin API')
  }
  const [admin] = state.admins
  log.info(
    {
      provisioners: state.provisioners.map(({ linked }) => linked.name),
      admin: admin?.subject,
      adminProvisioner: state.provisioners.find(({ id }) => id === admin?.provisionerId)?.linked.name,
    },
    'provisioners were moved to the database, and the first super admin was made',
  )
  return { revision: 1, state }
}

function passwordOf({ loaded, password }: OpenOptions): string {
  const found = password ?? loaded.ca.password
  if (found !== '') return found
  throw new SignetError(
    'malformed',
    'authority.enableAdmin needs a JWK provisioner in authority.provisioners, or a password (--password-file) for the one that is made',
    { path: 'authority.enableAdmin' },
  )
}

/** A configuration with the provisioners and the policy of the admin API. `malformed` if they do not fit into it. */
export function administered(loaded: LoadedConfig, state: AdminState): LoadedConfig {
  const provisioners = provisionersOf(state, readTextFile)
  const { policy: linked } = state
  const policy = linked && readJson(linked, 'policy', (node) => readLinkedPolicy(linked, node))
  const authority = { ...loaded.authority, provisioners, policy }
  return { ...loaded, authority, answers: answersOf(authority) }
}
