import { formatInstant } from '../core/instant.ts'
import type { Condition } from '../core/resources/conditions.ts'

/** A condition as a decision states it, before it has a time. */
export type ConditionFact = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/**
 * Stamps facts with the generation they were observed at. The time of a condition whose status did not change is kept,
 * so that equal facts give an equal list and nothing is written.
 */
export function stampConditions(
  facts: readonly ConditionFact[],
  previous: readonly Condition[] | undefined,
  observedGeneration: number,
  now: number,
): Condition[] {
  return facts.map((fact) => {
    const before = findCondition(previous, fact.type)
    const lastTransitionTime = before?.status === fact.status ? before.lastTransitionTime : formatInstant(now)
    return { ...fact, observedGeneration, lastTransitionTime }
  })
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Is that condition there and True? */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True'
}
