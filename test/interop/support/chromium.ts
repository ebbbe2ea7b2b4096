import { spawn } from 'node:child_process'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { Need } from '../../cluster/harness/packages.ts'
import { until } from '../../cluster/harness/wait.ts'
import { devToolsOver, type DevTools } from './devtools.ts'

export const chromiumNeeds: readonly Need[] = [{ what: 'chromium', package: 'chromium' }]

/** What a person does with the one page that is open. */
export type Chromium = {
  readonly visit: (url: string) => Promise<void>
  /** Waits for what a CSS selector finds and clicks it. */
  readonly click: (selector: string) => Promise<void>
  /** Types into what has the focus. */
  readonly type: (text: string) => Promise<void>
  /** Waits until the page says something, and resolves to all that it says and where it is. */
  readonly untilShown: (pattern: RegExp) => Promise<{ readonly url: string; readonly text: string }>
  readonly stop: () => Promise<void>
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // Pages of the login may name fonts of others: nobody else is asked for anything.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--remote-debugging-pipe',
]
const patienceMs = 20_000

/** Starts Debian's chromium without a window, with an empty profile, which takes certificates of this private key. */
export async function startChromium(serverKey: KeyObject): Promise<Chromium> {
  const home = mkdtempSync(join(tmpdir(), 'chromium-'))
  const profile = [
    `--user-data-dir=${join(home, 'profile')}`,
    `--ignore-certificate-errors-spki-list=${pinOf(serverKey)}`,
  ]
  const child = spawn('chromium', [...flags, ...profile, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: home },
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`cannot start chromium: ${cause.message}`, { cause })))
    child.once('close', () => resolve())
  })
  const devTools = devToolsOver(child.stdio[3] as Writable, child.stdio[4] as Readable)
  const page = await Promise.race([openPage(devTools), ended])
  if (page === undefined) throw new Error('chromium ended before it had a page')
  return {
    ...page,
    async stop() {
      await devTools('Browser.close').catch(() => child.kill('SIGKILL'))
      await ended
      // Its helpers end a little later, and write until then.
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** Base64 of SHA-256 of the public key, as the flag wants it. */
function pinOf(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('base64')
}

type Point = { readonly x: number; readonly y: number }
type Evaluated<T> = {
  readonly result: { readonly value: T }
  readonly exceptionDetails?: { readonly text: string }
}

async function openPage(devTools: DevTools): Promise<Omit<Chromium, 'stop'>> {
  const { targetId } = await devTools<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
  const attached = { targetId, flatten: true }
  const { sessionId } = await devTools<{ sessionId: string }>('Target.attachToTarget', attached)
  const send = <Result>(method: string, params: object) => devTools<Result>(method, params, sessionId)
  const evaluate = async <T>(expression: string): Promise<T> => {
    const said = await send<Evaluated<T>>('Runtime.evaluate', { expression, returnByValue: true })
    if (said.exceptionDetails !== undefined) throw new Error(said.exceptionDetails.text)
    return said.result.value
  }
  return {
    async visit(url) {
      await send('Page.navigate', { url })
    },
    async click(selector) {
      const point = await until(
        `${selector} on a page`,
        patienceMs,
        () => evaluate<Point | undefined>(whereIs(selector)),
        50,
      )
      const button = { ...point, button: 'left', clickCount: 1 }
      await send('Input.dispatchMouseEvent', { ...button, type: 'mousePressed' })
      await send('Input.dispatchMouseEvent', { ...button, type: 'mouseReleased' })
    },
    async type(text) {
      await send('Input.insertText', { text })
    },
    untilShown: (pattern) =>
      until(
        `a page that says ${pattern}`,
        patienceMs,
        async () => {
          // Of a page that is still being loaded it would be a part.
          const shown = await evaluate<{ url: string; text: string; state: string }>(
            '({ url: location.href, text: document.body?.innerText ?? "", state: document.readyState })',
          )
          const { state, ...page } = shown
          return state === 'complete' && pattern.test(page.text) ? page : undefined
        },
        50,
      ),
  }
}

/** Its middle, once the page is there to be used. */
const whereIs = (selector: string): string => `(() => {
  const found = document.readyState === 'complete' ? document.querySelector(${JSON.stringify(selector)}) : null
  const box = found?.getBoundingClientRect()
  return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 }
})()`
