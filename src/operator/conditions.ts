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
    return { ...fact, message: shortened(fact.message), observedGeneration, lastTransitionTime }
  })
}

/** The schema takes no more; faults of a long list of rules may be longer. */
const longestMessage = 4096

function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Is that condition there and True? */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True'
}
