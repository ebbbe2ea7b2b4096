import type { Log } from '../../core/log.ts'
import type { KubernetesObject, Named, ObjectKey } from '../../core/resources/metadata.ts'
import { keyText } from '../../core/resources/object-key.ts'

export type Change<T extends KubernetesObject> = {
  /** undefined: deleted. */
  readonly current: Named<T> | undefined
  /** undefined: new. The same as `current` where a list only repeats what is known. */
  readonly previous: Named<T> | undefined
}

/** Under which values an object is found, for each index by name. */
export type Indexes<T extends KubernetesObject> = Readonly<Record<string, (object: Named<T>) => readonly string[]>>

/** Objects of one kind by key and by index. What it returns is shared and must not be changed. */
export type ObjectCache<T extends KubernetesObject> = {
  get(key: ObjectKey): Named<T> | undefined
  list(): readonly Named<T>[]
  byIndex(index: string, value: string): readonly Named<T>[]
  /** Calls back on each change, at first for all that is there. A handler that throws is logged and does no harm. */
  onChange(handler: (change: Change<T>) => void): void
  /** Takes in one object as it is now. */
  put(object: Named<T>): void
  remove(key: ObjectKey): void
  /** Takes in all objects that there are now in one namespace (or everywhere): others there are gone. */
  replace(objects: readonly Named<T>[], namespace: string | undefined): void
}

export function createObjectCache<T extends KubernetesObject>(log: Log, indexes: Indexes<T> = {}): ObjectCache<T> {
  const objects = new Map<string, Named<T>>()
  const tables = Object.entries(indexes).map(([name, valuesOf]) => ({
    name,
    valuesOf,
    keys: new Map<string, Set<string>>(),
  }))
  const handlers: ((change: Change<T>) => void)[] = []

  const tell = (handler: (change: Change<T>) => void, change: Change<T>): void => {
    try {
      handler(change)
    } catch (err) {
      log.error({ err }, 'a handler of changes failed')
    }
  }

  const store = (key: string, current: Named<T> | undefined): void => {
    const previous = objects.get(key)
    if (current === undefined) objects.delete(key)
    else objects.set(key, current)
    for (const table of tables) {
      for (const value of previous === undefined ? [] : table.valuesOf(previous)) dropKey(table.keys, value, key)
      for (const value of current === undefined ? [] : table.valuesOf(current)) addKey(table.keys, value, key)
    }
    for (const handler of handlers) tell(handler, { current, previous })
  }

  return {
    get: (key) => objects.get(keyText(key)),
    list: () => [...objects.values()],
    byIndex: (index, value) => {
      const keys = tables.find(({ name }) => name === index)?.keys.get(value) ?? []
      return [...keys].flatMap((key) => objects.get(key) ?? [])
    },
    onChange: (handler) => {
      handlers.push(handler)
      for (const current of objects.values()) tell(handler, { current, previous: undefined })
    },
    put: (object) => store(keyText(object.metadata), object),
    remove: (key) => {
      if (objects.has(keyText(key))) store(keyText(key), undefined)
    },
    replace: (listed, namespace) => {
      const present = new Set(listed.map(({ metadata }) => keyText(metadata)))
      for (const object of listed) store(keyText(object.metadata), object)
      for (const [key, { metadata }] of objects) {
        if (!present.has(key) && (namespace === undefined || metadata.namespace === namespace)) store(key, undefined)
      }
    },
  }
}

function addKey(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value)
  if (set === undefined) keys.set(value, new Set([key]))
  else set.add(key)
}

function dropKey(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value)
  set?.delete(key)
  if (set?.size === 0) keys.delete(value)
}
