import { SignetError } from '../core/errors.ts'
import { ExitError } from './command.ts'
import type { CliIo, Terminal } from './io.ts'

/** Questions to a person at a terminal, as `step` puts them. What a flag gave is never asked: look before you ask. */

type Question = {
  readonly label: string
  /** The flag that gives the answer where there is no terminal, without dashes. */
  readonly flag: string
}

export type TextQuestion = Question & {
  /** What is wrong with an answer; asked again then. */
  readonly check?: (text: string) => string | undefined
  /** Taken for an empty answer. */
  readonly default?: string
}

export type SelectQuestion<Item> = Question & {
  /** What the chosen one is called in the line that stays. */
  readonly name: string
  /** At least one. */
  readonly items: readonly Item[]
}

const bold = (text: string): string => `\x1b[1m${text}\x1b[0m`
const blue = (text: string): string => `\x1b[34m${text}\x1b[0m`
const green = (text: string): string => `\x1b[32m${text}\x1b[0m`
const red = (text: string): string => `\x1b[31m${text}\x1b[0m`
const underlined = (text: string): string => `\x1b[4m${text}\x1b[0m`
const clearLine = '\r\x1b[2K'
const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'

/** Asks for one line. */
export async function askText(io: CliIo, question: TextQuestion): Promise<string> {
  const { label, check = () => undefined } = question
  return withTerminal(io, question, async (terminal) => {
    for (;;) {
      io.err(`${blue('?')} ${bold(`${label}:`)} `)
      const typed = await readLine(io, terminal, true)
      const text = typed === '' ? (question.default ?? '') : typed
      const problem = check(text)
      const [mark, more] = problem === undefined ? [green('✔'), ''] : [red('✗'), ` (${problem})`]
      io.err(`${clearLine}${mark} ${bold(`${label}:`)} ${text}${more}\n`)
      if (problem === undefined) return text
    }
  })
}

/** Asks for a password, which is not shown; white space at its end does not count. */
export async function askPassword(io: CliIo, question: Question & { readonly minLength?: number }): Promise<string> {
  const { label, minLength = 0 } = question
  return withTerminal(io, question, async (terminal) => {
    for (;;) {
      io.err(`${label}: `)
      const password = (await readLine(io, terminal, false)).trimEnd()
      io.err('\n')
      if (password.length >= minLength) return password
      io.err(`>>> input does not meet minimum length requirement; must be at least ${minLength} characters\n`)
    }
  })
}

/** Asks a question that ends in `[y/n]`. */
export async function confirm(io: CliIo, question: Question): Promise<boolean> {
  const isAnswer = (text: string): boolean => /^(y|yes|n|no)$/i.test(text.trim())
  const answer = await askText(io, {
    ...question,
    label: `${question.label} [y/n]`,
    check: (text) => (isAnswer(text) ? undefined : 'write y or n'),
  })
  return /^y/i.test(answer.trim())
}

/** Lets a person choose one of several things by their names, with the arrow keys. */
export async function select<Item extends { readonly name: string }>(
  io: CliIo,
  question: SelectQuestion<Item>,
): Promise<Item> {
  const { label, items } = question
  return withTerminal(io, question, async (terminal) => {
    let at = 0
    io.err(`${hideCursor}${blue('?')} ${label}:\n`)
    try {
      for (;;) {
        for (const [index, { name }] of items.entries())
          io.err(`${clearLine}${index === at ? `${bold('▸')} ${underlined(name)}` : `  ${name}`}\n`)
        const key = await readKey(terminal)
        if (isEnter(key)) break
        at = (at + (steps[key] ?? 0) + items.length) % items.length
        io.err(`\x1b[${items.length}A`)
      }
      // The list goes, the choice stays.
      io.err(`\x1b[${items.length + 1}A\x1b[J`)
    } finally {
      io.err(showCursor)
    }
    const chosen = items[at]
    if (chosen === undefined) throw new SignetError('internal', `${label}: there is nothing to choose from`)
    io.err(`${green('✔')} ${bold(`${question.name}:`)} ${chosen.name}\n`)
    return chosen
  })
}

const steps: Readonly<Record<string, number>> = { '\x1b[A': -1, '\x1b[B': 1, '\x1bOA': -1, '\x1bOB': 1, k: -1, j: 1 }

const isEnter = (key: string): boolean => key === '\r' || key === '\n'

async function withTerminal<T>(io: CliIo, question: Question, ask: (terminal: Terminal) => Promise<T>): Promise<T> {
  const terminal = io.openTerminal()
  if (terminal === undefined) {
    const message = `there is no terminal to ask on (${question.label}): give --${question.flag}`
    throw new SignetError('malformed', message)
  }
  try {
    return await ask(terminal)
  } finally {
    terminal.close()
  }
}

/** One line, edited with backspace and Ctrl-U. */
async function readLine(io: CliIo, terminal: Terminal, echo: boolean): Promise<string> {
  const typed: string[] = []
  const erase = (count: number): void => {
    typed.length -= count
    if (echo) io.err('\b \b'.repeat(count))
  }
  for (;;) {
    const key = await readKey(terminal)
    if (isEnter(key)) return typed.join('')
    if (key === '\x7f' || key === '\b') erase(Math.min(1, typed.length))
    else if (key === '\x15') erase(typed.length)
    // Other control characters and arrow keys mean nothing here.
    else if (key >= ' ') {
      typed.push(key)
      if (echo) io.err(key)
    }
  }
}

/** Ctrl-C, Ctrl-D and a terminal that is gone end the command. */
async function readKey(terminal: Terminal): Promise<string> {
  const key = await terminal.readKey()
  if (key !== undefined && key !== '\x03' && key !== '\x04') return key
  throw new ExitError(1, 'interrupted')
}

const escape = '\x1b'
/** An escape sequence of a terminal (ECMA-48 §5.4), or a character. */
const keyPattern = new RegExp(`${escape}(?:\\[[0-9;]*[A-Za-z~]|O[A-Za-z])|[^]`, 'gu')

/** The keys in what a terminal sent at once, such as a pasted text. */
export function splitKeys(chunk: string): string[] {
  return chunk.match(keyPattern) ?? []
}
