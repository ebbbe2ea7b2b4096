import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inputsKey } from '../../cluster/harness/images.ts'
import { CommandError, run, tryRun } from '../../cluster/harness/run.ts'
import { contentKey } from '../../cluster/harness/settings.ts'
import { until } from '../../cluster/harness/wait.ts'

test('a command that fails throws with its command line and what it said', async () => {
  const failed = run('sh', ['-c', 'echo broken >&2; exit 3'])
  await expect(failed).rejects.toThrow(CommandError)
  await expect(failed).rejects.toThrow('sh -c echo broken >&2; exit 3 ended with 3: broken')
})

test('a command reads its input, and one that does not read it is no fault', async () => {
  expect(await run('cat', [], { input: 'text' })).toBe('text')
  expect((await tryRun('true', [], { input: 'x'.repeat(1_000_000) })).status).toBe(0)
})

test('a command that is not there is named', async () => {
  await expect(run('signet-no-such-command', [])).rejects.toThrow('cannot start signet-no-such-command: ')
})

test('until asks again and gives the last failure when the time is over', async () => {
  let asked = 0
  expect(await until('three', 5000, () => (++asked === 3 ? asked : undefined), 1)).toBe(3)
  const failing = until('the sun', 0, () => Promise.reject(new Error('it is night')))
  await expect(failing).rejects.toThrow('waited 0 s in vain for the sun: it is night')
})

test('the key of inputs follows contents and paths, and where one part ends', async () => {
  expect(contentKey('ab', 'c')).not.toBe(contentKey('a', 'bc'))
  const directory = await mkdtemp(join(tmpdir(), 'signet-inputs-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await mkdir(join(directory, 'src'))
  await writeFile(join(directory, 'src', 'a'), '1')
  const before = await inputsKey(directory, ['src', 'missing'])
  expect(await inputsKey(directory, ['src', 'missing'])).toBe(before)
  await writeFile(join(directory, 'src', 'a'), '2')
  expect(await inputsKey(directory, ['src', 'missing'])).not.toBe(before)
})
