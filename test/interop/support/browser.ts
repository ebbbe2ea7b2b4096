import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** Where a visit ended, and what stood there. */
export type Page = { readonly url: string; readonly status: number; readonly body: string }

type Answer = { readonly status: number; readonly location: string | undefined; readonly body: string }

/** Pages that one login takes, redirections included; more is a loop. */
const maximumPages = 30

/**
 * Does what a person with a browser does: follows redirections, keeps cookies, and sends each form on its way back with what
 * it holds and with `answers` typed into the fields of these names. Ends at the first page without a form.
 */
export async function browse(start: string, answers: Readonly<Record<string, string>>, root: string): Promise<Page> {
  const cookies = new Map<string, string>()
  let [url, form] = [start, undefined as URLSearchParams | undefined]
  for (let pages = 0; pages < maximumPages; pages++) {
    const { status, location, body } = await load(url, form, cookies, root)
    form = undefined
    if (location !== undefined) {
      url = new URL(location, url).href
      continue
    }
    const next = readForm(body, answers)
    if (next === undefined) return { url, status, body }
    url = new URL(next.action, url).href
    form = next.fields
  }
  throw new Error(`more than ${maximumPages} pages from ${start}`)
}

function load(
  url: string,
  form: URLSearchParams | undefined,
  cookies: Map<string, string>,
  root: string,
): Promise<Answer> {
  const headers = {
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  const options = { method: form === undefined ? 'GET' : 'POST', headers, agent: false as const }
  return new Promise((resolve, reject) => {
    const outgoing = url.startsWith('https:') ? requestHttps(url, { ...options, ca: root }) : requestHttp(url, options)
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      for (const cookie of response.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        cookies.set(name, value)
      }
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode: status = 0, headers: given } = response
        resolve({ status, location: given.location, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    outgoing.end(form?.toString())
  })
}

function readForm(page: string, answers: Readonly<Record<string, string>>) {
  const [, attributes, content = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(page) ?? []
  if (attributes === undefined) return undefined
  const fields = new URLSearchParams()
  for (const [input] of content.matchAll(/<input[^>]*>/g)) {
    const name = attributeOf(input, 'name')
    fields.set(name, answers[name] ?? attributeOf(input, 'value'))
  }
  return { action: attributeOf(attributes, 'action'), fields }
}

const attributeOf = (tag: string, name: string): string =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? ''
