import type { JsonFetcher } from '../../src/authority/ports.ts'
import { SignetError } from '../../src/core/errors.ts'

/** JSON documents by URL, and what was asked for. Without a document it is as if the host were down. */
export type FakeWeb = JsonFetcher & {
  readonly documents: Map<string, unknown>
  /** Of every answer. */
  cacheControl: string
  readonly asked: string[]
  /** Fingerprints of the roots that the last question trusted. */
  trusted: readonly string[]
}

export function fakeWeb(): FakeWeb {
  const documents = new Map<string, unknown>()
  const web: FakeWeb = {
    documents,
    cacheControl: '',
    asked: [],
    trusted: [],
    async fetchJson(url, roots) {
      web.asked.push(url)
      web.trusted = roots.map(({ fingerprint }) => fingerprint)
      const value = documents.get(url)
      if (value === undefined) throw new SignetError('unavailable', `cannot fetch ${url}: connection refused`)
      return { value, cacheControl: web.cacheControl }
    },
  }
  return web
}
