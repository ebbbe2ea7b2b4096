import { readFileSync } from 'node:fs'
import type { AuthorityFolder } from './authority-folder.ts'
import { makeAuthorityFolder } from './authority-folder.ts'
import { startAuthority, type RunningAuthority, type RunningOptions } from './running-authority.ts'
import { anAdminIdentity, type AdminIdentity, type AdminTarget } from './admin-client.ts'
import { agentFor } from './wire-client.ts'

/** An authority whose admin API is on, with the identity of its first admin. */
export type AdminAuthority = {
  readonly ca: RunningAuthority
  readonly folder: AuthorityFolder
  /** Of this moment: the port changes with a restart. */
  readonly target: () => AdminTarget
  readonly admin: AdminIdentity
  readonly stop: () => Promise<void>
}

type Written = { readonly authority: { readonly provisioners: readonly object[] } }

/** Starts one; `authority` replaces members of that section of ca.json, to whose provisioners `more` are added. */
export async function startAdminAuthority(
  authority: Readonly<Record<string, unknown>> = {},
  options: RunningOptions = {},
  more: readonly object[] = [],
): Promise<AdminAuthority> {
  const made = await makeAuthorityFolder()
  const written = JSON.parse(readFileSync(made.config, 'utf8')) as Written
  const provisioners = [...written.authority.provisioners, ...more]
  const section = { ...written.authority, enableAdmin: true, provisioners, ...authority }
  const folder = { ...made, configWith: (changes: object) => made.configWith({ authority: section, ...changes }) }
  const ca = await startAuthority({ ...options, folder })
  const agent = agentFor(folder)
  const target = (): AdminTarget => ({ url: ca.url, agent, folder })
  return {
    ca,
    folder,
    target,
    admin: await anAdminIdentity(target()),
    async stop() {
      agent.destroy()
      await ca.stop()
      made.remove()
    },
  }
}
