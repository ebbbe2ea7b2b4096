import { list, text } from '../schema.ts'

/** A list of at least one text: an empty one would mean any, which is said by leaving it out. */
export const texts = (item: string, { maxItems = 64, ...options }: { description: string; maxItems?: number }) =>
  list(text({ description: item, minLength: 1, maxLength: 256 }), { ...options, minItems: 1, maxItems })
