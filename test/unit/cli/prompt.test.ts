import { describe, expect, it } from 'vitest'
import { askPassword, askText, confirm, select, splitKeys } from '../../../src/cli/prompt.ts'
import { fakeCliIo } from '../../fakes/cli-io.ts'

const up = '\x1b[A'
const down = '\x1b[B'
const animals = ['cat', 'dog', 'eel'].map((name) => ({ name }))

describe('a question', () => {
  it('for a text is edited with backspace and Ctrl-U, and leaves the answer', async () => {
    const io = fakeCliIo({ keys: `wrong\x15Zür\x7frich${up}\r` })
    expect(await askText(io, { label: 'City', flag: 'city' })).toBe('Zürich')
    expect(io.said.err.startsWith('\x1b[34m?\x1b[0m \x1b[1mCity:\x1b[0m wrong')).toBe(true)
    expect(io.said.err.endsWith('\r\x1b[2K\x1b[32m✔\x1b[0m \x1b[1mCity:\x1b[0m Zürich\n')).toBe(true)
    expect(io.said.out).toBe('')
  })

  it('is asked again after an answer that will not do, and has a default', async () => {
    const check = (text: string): string | undefined => (text === 'bad' ? 'not that' : undefined)
    const io = fakeCliIo({ keys: 'bad\r\r' })
    expect(await askText(io, { label: 'Name', flag: 'name', check, default: 'me' })).toBe('me')
    expect(io.said.err).toContain('\x1b[31m✗\x1b[0m \x1b[1mName:\x1b[0m bad (not that)\n')
  })

  it('for a password shows nothing of it', async () => {
    const io = fakeCliIo({ keys: 'short\rlong enough \r' })
    expect(await askPassword(io, { label: 'Password', flag: 'password-file', minLength: 8 })).toBe('long enough')
    expect(io.said.err).toBe(
      'Password: \n>>> input does not meet minimum length requirement; must be at least 8 characters\nPassword: \n',
    )
  })

  it.each([
    ['y\r', true],
    ['maybe\rNO\r', false],
  ])('of yes or no: %j', async (keys, answer) => {
    expect(await confirm(fakeCliIo({ keys }), { label: 'Really', flag: 'force' })).toBe(answer)
  })

  it.each([
    ['\r', 'cat'],
    [`${down}${down}\r`, 'eel'],
    [`${up}\r`, 'eel'],
    ['jjk\r', 'dog'],
  ])('of which: %j', async (keys, name) => {
    const io = fakeCliIo({ keys })
    const question = { label: 'Which animal', name: 'Animal', flag: 'animal', items: animals }
    expect(await select(io, question)).toEqual({ name })
    expect(io.said.err.endsWith(`\x1b[?25h\x1b[32m✔\x1b[0m \x1b[1mAnimal:\x1b[0m ${name}\n`)).toBe(true)
  })

  it.each(['abc\x03', 'abc\x04', 'abc'])('ends the command when it is left with %j', async (keys) => {
    const left = expect.objectContaining({ exitCode: 1, message: 'interrupted' })
    await expect(askText(fakeCliIo({ keys }), { label: 'Name', flag: 'name' })).rejects.toEqual(left)
    await expect(askPassword(fakeCliIo({ keys }), { label: 'Name', flag: 'name' })).rejects.toEqual(left)
    const io = fakeCliIo({ keys: '\x03' })
    await expect(select(io, { label: 'Which', name: 'A', flag: 'a', items: animals })).rejects.toEqual(left)
    expect(io.said.err.endsWith('\x1b[?25h')).toBe(true)
  })

  it('without a terminal names the flag that answers it', async () => {
    await expect(confirm(fakeCliIo(), { label: 'Overwrite', flag: 'force' })).rejects.toThrow(
      'there is no terminal to ask on (Overwrite [y/n]): give --force',
    )
  })
})

it('keys that came at once are told apart', () => {
  expect(splitKeys(`aé🔑${up}\x1bOB\x1b[1;5D\r`)).toEqual(['a', 'é', '🔑', up, '\x1bOB', '\x1b[1;5D', '\r'])
})
