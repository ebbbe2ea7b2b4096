/** RFC 6902 with `add`, the only operation that Signet writes; fails as the API server does where a parent is missing. */
export function applyPatch<T>(document: T, patch: readonly { op: string; path: string; value: unknown }[]): T {
  const result = structuredClone(document)
  for (const { op, path, value } of patch) {
    if (op !== 'add') throw new Error(`operation ${op} is not expected`)
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    let parent = result as unknown
    for (const key of keys) parent = (parent as Record<string, unknown>)[key]
    add(parent, last, structuredClone(value), path)
  }
  return result
}

function add(parent: unknown, key: string, value: unknown, path: string): void {
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key)
    if (!(index >= 0 && index <= parent.length)) throw new Error(`${path} is out of the list`)
    parent.splice(index, 0, value)
  } else if (typeof parent === 'object' && parent !== null) {
    ;(parent as Record<string, unknown>)[key] = value
  } else {
    throw new Error(`${path} has no parent`)
  }
}
