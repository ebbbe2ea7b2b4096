import { SignetError } from '../../core/errors.ts'
import type { Clock, Random } from '../../core/clock.ts'
import { loadTextTemplates, mentionsTextTemplates } from '../../core/templates/text-templates.ts'
import { randomUuid } from '../../core/uuid.ts'
import type { Authority } from '../authority.ts'
import type { AuthorityConfig } from '../config.ts'
import type { AuthorityEvents, CertificateStore } from '../ports.ts'
import { authorizeAdmin, type AdminRequest } from './authorize-admin.ts'
import { changesBetween, stateOf, type Admin, type AdminState } from './state.ts'
import type { AdminChange, AdminStore } from './store.ts'

export type AdministrationPorts = {
  readonly administration: AdminStore
  readonly store: Pick<CertificateStore, 'spend'>
  readonly authority: Pick<Authority, 'checkClientCertificate' | 'config'>
  readonly events: Pick<AuthorityEvents, 'refused'>
  readonly clock: Clock
  readonly random: Random
  /** Runs `work` when nobody else changes the configuration in force, so that changes come one after the other. */
  readonly serially: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Makes of a state what `reconfigure` will put into force; `malformed` if nothing can be made of it. */
  readonly prepare: (state: AdminState) => () => void
  /** Resolves when what was stored is in force, where `prepare` does not bring it about; fails if it cannot be. */
  readonly settled?: (changes: readonly AdminChange[]) => Promise<void>
}

/** So often, at most, it is asked whether somebody else has changed what is stored. Milliseconds. */
const lookEvery = 1000

/** What a decision may use. */
export type Decision = {
  readonly state: AdminState
  /** In force at this moment. */
  readonly config: AuthorityConfig
  /** For what is made now. */
  readonly birth: { readonly id: string; readonly now: number }
  readonly random: Random
}

/** The admin API, apart from HTTP. */
export type Administration = {
  /** Who may make this request, by its token; `unauthorized` with what the caller may read. */
  authorize(token: string | undefined, request: AdminRequest & { readonly requestId: string }): Promise<Admin>
  state(): AdminState
  config(): AuthorityConfig
  /** Decides what the next state is, stores it and puts it into force: all of it, or nothing where one of them fails. */
  change<Result extends { readonly state: AdminState }>(decide: (decision: Decision) => Result): Promise<Result>
}

/** The admin API of an authority, with what is stored as of `revision`. */
export function createAdministration(
  ports: AdministrationPorts,
  first: { readonly revision: number; readonly state: AdminState },
): Administration {
  const { administration, store, authority, events, clock, random } = ports
  let { revision, state } = first
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  /** Puts into force what somebody else has stored meanwhile. */
  const look = async (): Promise<void> => {
    await ports.serially(async () => {
      const stored = await administration.load()
      if (stored.revision !== revision) {
        if (mentionsTextTemplates(JSON.stringify(stored.documents))) await loadTextTemplates()
        const next = stateOf(stored.documents)
        const putIntoForce = ports.prepare(next)
        revision = stored.revision
        state = next
        putIntoForce()
      }
      lookedAt = clock.now()
    })
  }
  /** Of at most a second ago; all who ask while it is looked up wait for that. */
  const currentState = async (): Promise<AdminState> => {
    if (clock.now() - lookedAt >= lookEvery) {
      looking ??= look().finally(() => {
        looking = undefined
      })
      await looking
    }
    return state
  }
  return {
    async authorize(token, { requestId, ...request }) {
      try {
        return await authorizeAdmin(token, request, currentState, { authority, store, now: clock.now() })
      } catch (error) {
        if (error instanceof SignetError) {
          const { reason = 'Internal', message } = error
          events.refused({ operation: 'administer', reason, message, requestId })
        }
        throw error
      }
    },
    state: () => state,
    config: () => authority.config(),
    async change(decide) {
      const { result, changes } = await ports.serially(async () => {
        const birth = { id: randomUuid(random), now: clock.now() }
        const result = decide({ state, config: authority.config(), birth, random })
        const changes = changesBetween(state, result.state)
        if (changes.length === 0) return { result, changes }
        const putIntoForce = ports.prepare(result.state)
        // Whatever comes of it, the next request looks at what there is then.
        lookedAt = Number.NEGATIVE_INFINITY
        if (!(await administration.change(revision, changes))) {
          const message = 'somebody else changed what the admin API keeps meanwhile: try again'
          throw new SignetError('unavailable', message, { reason: 'NotReady' })
        }
        revision += 1
        state = result.state
        putIntoForce()
        return { result, changes }
      })
      await ports.settled?.(changes)
      return result
    },
  }
}
