import { stripVTControlCharacters } from 'node:util'
import { spawnServer } from '../../harness/server-process.ts'
import type { IdentityProvider } from './identity-provider.ts'
import { commandOf } from './programs.ts'
import type { StepHome } from './step-home.ts'

/** What `step` said on both streams, and what the login came to. */
export type LoggedIn<T> = { readonly status: number | null; readonly said: string; readonly login: T }

/** Runs `step`, which waits for someone to log in at the address that it says, and has `logIn` do that. */
export async function stepWithLogin<T>(
  home: StepHome,
  provider: IdentityProvider,
  args: readonly string[],
  logIn: (address: string) => Promise<T>,
): Promise<LoggedIn<T>> {
  const [file, ...first] = commandOf('step')
  const env = { STEPPATH: home.file('.step'), ...provider.env }
  const command = spawnServer([file, ...first, ...args], { logFile: home.file('step.log'), env })
  try {
    const said = await command.untilSaid(/https:\/\/\S+\/(?:auth|device)\?\S+\n/)
    const [address = ''] = /https:\/\/\S+\/(?:auth|device)\?\S+/.exec(said) ?? []
    const login = await logIn(address.replace(/:$/, ''))
    const { code } = await command.ended
    const all = stripVTControlCharacters(command.said()).replaceAll(address, 'https://login')
    return { status: code, said: all, login }
  } finally {
    await command.stop()
  }
}
