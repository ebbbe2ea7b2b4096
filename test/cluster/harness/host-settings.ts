import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stateDirectory } from './settings.ts'

/** Kernel settings that the kubelet changes for the whole machine (setupKernelTunables in its container manager). */
const changed = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
]

const file = join(stateDirectory, 'host-settings.json')

/** Writes down the machine's settings before the first kubelet starts. */
export async function rememberHostSettings(): Promise<void> {
  const values: Record<string, string> = {}
  for (const name of changed) values[name] = (await readFile(`/proc/sys/${name}`, 'utf8')).trim()
  await writeFile(file, JSON.stringify(values))
}

/** Sets them back to what they were; does nothing where nothing was written down. */
export async function restoreHostSettings(): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    await writeFile(`/proc/sys/${name}`, value)
  }
}
