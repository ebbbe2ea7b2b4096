/** Paths such as `spec.delegates[0].namespace`, read and written in plain objects. */

type Step = string | number

function stepsOf(path: string): Step[] {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}

/** What stands at the path; undefined if anything on the way is missing. */
export function valueAt(object: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => (value as Record<Step, unknown> | undefined)?.[step], object)
}

/** A copy with another value at the path; undefined removes it. */
export function withValue<T>(object: T, path: string, value: unknown): T {
  // Not structuredClone, which keeps what is shared shared: one edit would show in two places.
  const copy = JSON.parse(JSON.stringify(object)) as T
  const steps = stepsOf(path)
  const last = steps.pop() as Step
  const parent = steps.reduce<unknown>((at, step) => (at as Record<Step, unknown>)[step], copy) as Record<Step, unknown>
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}
