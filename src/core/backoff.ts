/** How long to wait before the next try, by how many in a row have failed: milliseconds. */
export type Backoff = { readonly firstMs: number; readonly longestMs: number }

/** Doubles with each failure, up to the longest; `failures` counts from 1. */
export function delayAfter({ firstMs, longestMs }: Backoff, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))
}
