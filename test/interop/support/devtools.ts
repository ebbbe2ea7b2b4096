import type { Readable, Writable } from 'node:stream'

/** Sends a command of the DevTools protocol and resolves to its result; fails with what the browser says against it. */
export type DevTools = <Result = object>(method: string, params?: object, sessionId?: string) => Promise<Result>

type Answer = {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}
type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

/** The two pipes of `--remote-debugging-pipe`: JSON, each message ended by a zero. Events are not looked at. */
export function devToolsOver(commands: Writable, answers: Readable): DevTools {
  const waiting = new Map<number, Waiting>()
  const take = ({ id, result, error }: Answer): void => {
    const one = id === undefined ? undefined : waiting.get(id)
    if (id === undefined || one === undefined) return
    waiting.delete(id)
    if (error === undefined) one.resolve(result)
    else one.reject(new Error(error.message))
  }
  let unread = ''
  answers.setEncoding('utf8').on('data', (text: string) => {
    const messages = (unread + text).split('\0')
    unread = messages.pop() ?? ''
    for (const message of messages) take(JSON.parse(message) as Answer)
  })
  const end = (): void => {
    for (const { reject } of waiting.values()) reject(new Error('the browser has ended'))
    waiting.clear()
  }
  answers.on('close', end)
  commands.on('error', end)
  let last = 0
  return <Result>(method: string, params: object = {}, sessionId?: string) =>
    new Promise<Result>((resolve, reject) => {
      const id = ++last
      waiting.set(id, { resolve: (result) => resolve(result as Result), reject })
      commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
}
