import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, '../../../src/workload/sidecar.sh')
let directory: string
let shell: ChildProcess | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-sidecar-'))
})

afterEach(async () => {
  if (shell?.exitCode === null && shell.kill('SIGTERM')) await once(shell, 'exit')
  rmSync(directory, { recursive: true })
})

const now = () => Math.floor(Date.now() / 1000)
const runs = () => (existsSync(join(directory, 'runs')) ? readFileSync(join(directory, 'runs'), 'utf8').length : 0)

/** A program that notes its run and leaves `wake` (a shell expression) behind. */
function start(wake: string): ChildProcess {
  const program = join(directory, 'program.sh')
  writeFileSync(program, `#!/bin/sh\nprintf x >>'${directory}/runs'\n${wake}\n`)
  chmodSync(program, 0o755)
  const env = { ...process.env, SIGNET_DIRECTORY: directory }
  shell = spawn('/bin/sh', [script, '/bin/sh', program], { stdio: 'inherit', env })
  return shell
}

const leave = (offset: number) => `echo $(($(date +%s) + ${offset})) >"\${0%/*}/..wake"`

/** Waits until the program has run so many times. */
async function untilRuns(count: number): Promise<void> {
  while (runs() < count) {
    const watcher = watch(directory)
    const changed = once(watcher, 'change')
    if (runs() < count) await changed
    watcher.close()
  }
}

/** Waits until the shell has a `sleep` for its child; gives its command line. */
async function untilAsleep(pid: number): Promise<string> {
  for (;;) {
    const command = commandOfChild(pid)
    if (command.startsWith('sleep')) return command
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

function commandOfChild(pid: number): string {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  try {
    return readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    // There was none, or it has just ended.
    return ''
  }
}

describe('sidecar.sh', () => {
  it('runs the program where nothing says when, and again when it is due', async () => {
    start(leave(1))
    await untilRuns(3)
    expect(runs()).toBe(3)
  })

  it.each([
    ['soon', '60', /^sleep (59|60)$/],
    ['far away: never asleep for more than ten minutes', '3600', /^sleep 600$/],
  ])('sleeps until what is due %s', async (_, offset, expected) => {
    writeFileSync(join(directory, '..wake'), `${now() + Number(offset) - 1}\n`)
    const { pid = 0 } = start('')
    expect(await untilAsleep(pid)).toMatch(expected)
    expect(runs()).toBe(0)
  })

  it.each([
    ['a time further away than the program ever asks for', `${now() + 86_400}`],
    ['a time that has passed', '1'],
    ['no number', 'soon'],
    ['nothing', ''],
  ])('runs the program where the file holds %s', async (_, text) => {
    writeFileSync(join(directory, '..wake'), `${text}\n`)
    start(leave(600))
    await untilRuns(1)
    expect(runs()).toBe(1)
  })

  it('waits ten seconds after a program that was killed before it could say when', async () => {
    const { pid = 0 } = start('kill -9 $$')
    await untilRuns(1)
    expect(await untilAsleep(pid)).toBe('sleep 10')
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends within a second on %s while it sleeps', async (signal) => {
    const child = start(leave(600))
    await untilRuns(1)
    await untilAsleep(child.pid ?? 0)
    const started = performance.now()
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('ends within a second while the program runs', async () => {
    const child = start('exec sleep 60')
    await untilRuns(1)
    await untilAsleep(child.pid ?? 0)
    const started = performance.now()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
