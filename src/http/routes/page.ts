import { SignetError } from '../../core/errors.ts'
import type { ListedProvisioner } from '../published.ts'

/** step-ca's page sizes. */
const usualLimit = 20
const maxLimit = 100

/** The part of a list that a request asks for. */
export type Page = { readonly cursor: string; readonly limit: number }

/** The query of a request. Not by URL, which a request line with a host that is none would break. */
export function queryOf({ url = '' }: { readonly url?: string | undefined }): URLSearchParams {
  return new URLSearchParams(/\?(.*)$/.exec(url)?.[1] ?? '')
}

/** `cursor` and `limit` of a query; `malformed` for a limit that is no number. */
export function readPage(query: URLSearchParams): Page {
  const text = query.get('limit') ?? ''
  // Go's strconv.Atoi: an optional sign and decimal digits.
  if (text !== '' && !/^[+-]?\d{1,18}$/.test(text))
    throw new SignetError('malformed', `limit '${text}' is not an integer`)
  const wanted = Number(text)
  return { cursor: query.get('cursor') ?? '', limit: wanted <= 0 ? usualLimit : Math.min(wanted, maxLimit) }
}

/** One page of the list of provisioners, as it is sent. */
export function provisionersPage(all: readonly ListedProvisioner[], { cursor, limit }: Page): object {
  const from = cursor.padStart(40, '0')
  const rest = all.filter(({ uid }) => uid >= from)
  const next = rest[limit]
  return {
    // Go's encoder writes a slice to which nothing was appended as null.
    provisioners: rest.length === 0 ? null : rest.slice(0, limit).map(({ json }) => json),
    nextCursor: next === undefined ? '' : next.uid.replace(/^0+/, ''),
  }
}

/** One page of things by their ids, and the id that the next begins with: empty where there is none. */
export function pageById<Item extends { readonly id: string }>(
  all: readonly Item[],
  { cursor, limit }: Page,
): { readonly items: readonly Item[]; readonly nextCursor: string } {
  const rest = all.filter(({ id }) => id >= cursor).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return { items: rest.slice(0, limit), nextCursor: rest[limit]?.id ?? '' }
}
