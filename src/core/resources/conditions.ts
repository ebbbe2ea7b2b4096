import type { Static } from 'typebox'
import { choice, group, instant, listBy, observedGeneration, optional, text } from './schema.ts'

const conditionSchema = group(
  {
    type: text({
      description: 'What the condition is about, such as Ready. One entry for each type.',
      maxLength: 64,
      pattern: '^[A-Za-z][A-Za-z0-9]*$',
    }),
    status: choice(['True', 'False', 'Unknown'], {
      description: 'Whether the condition holds; Unknown where Signet could not find out.',
    }),
    observedGeneration: optional(observedGeneration()),
    lastTransitionTime: instant({ description: 'When status last changed, RFC 3339 in UTC.' }),
    reason: text({
      description: 'One word in CamelCase that says why, for programs.',
      minLength: 1,
      maxLength: 128,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    }),
    message: text({
      description: 'A sentence that says why and what to do, for people. May be empty.',
      maxLength: 4096,
    }),
  },
  { description: 'One observation of the state of the object.' },
)

/** One observation of an object's state, as every kind of `signet.dev` reports it. */
export type Condition = Static<typeof conditionSchema>

/** `status.conditions`: one entry for each type, so that a writer can apply its own without touching others'. */
export const conditionsSchema = (types: string) =>
  listBy(['type'], conditionSchema, { description: `Observations of the state of the object: ${types}.`, maxItems: 16 })
