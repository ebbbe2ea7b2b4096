/** JSON Patch (RFC 6902), as far as the webhook writes it. */
export type JsonPatch = readonly { readonly op: 'add'; readonly path: string; readonly value: unknown }[]

/** A JSON Pointer (RFC 6901) to a member; `~` and `/` in keys are escaped. */
export function pointer(...path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Operations that append `items` to the list at `path`, which is created if it is not there. */
export function append(path: string, present: readonly unknown[] | undefined, items: readonly unknown[]): JsonPatch {
  if (present === undefined || present.length === 0) return [{ op: 'add', path, value: items }]
  return items.map((value) => ({ op: 'add', path: `${path}/-`, value }))
}

/** Operations that put `items`, in their order, before everything in the list at `path`, which is created if needed. */
export function prepend(path: string, present: readonly unknown[] | undefined, items: readonly unknown[]): JsonPatch {
  if (present === undefined || present.length === 0) return [{ op: 'add', path, value: items }]
  return items.map((value, index) => ({ op: 'add', path: `${path}/${index}`, value }))
}
