import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheDirectory } from './settings.ts'
import { until } from './wait.ts'

/** When a process started, in clock ticks since boot (field 22 of proc_pid_stat(5)); undefined if it does not run. */
async function startOf(pid: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the command's name in parentheses and may hold spaces.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}

/**
 * Does the work while no other process does any under the same name; waits for up to 30 minutes, the time of a first
 * build. A lock whose holder was killed is taken over: the holder's process id and start tell.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = join(cacheDirectory, `${name}.lock`)
  await mkdir(dirname(file), { recursive: true })
  const own = `${process.pid} ${(await startOf(String(process.pid))) ?? ''}`
  await until(`the lock ${file}`, 1_800_000, async () => {
    const handle = await open(file, 'wx').catch(() => undefined)
    if (handle !== undefined) {
      await handle.writeFile(own)
      await handle.close()
      return true
    }
    await removeIfAbandoned(file)
    return undefined
  })
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function removeIfAbandoned(file: string): Promise<void> {
  const holder = await readFile(file, 'utf8').catch(() => '')
  const [pid = '', start] = holder.split(' ')
  // Empty: between the making of the file and its first line, or killed just there. The next look tells.
  if (holder === '') {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    if ((await readFile(file, 'utf8').catch(() => 'gone')) === '') await rm(file, { force: true })
    return
  }
  if ((await startOf(pid)) !== start) await rm(file, { force: true })
}
