import { replaced, type FuzzInput } from './grammars/grammar.ts'

/** Inputs that are long or slow to parse would else take minutes to shorten. */
const mostAttempts = 2000
const mostMs = 3000

/** An input that still fails, from which no piece of any length can be left out (delta debugging; Zeller 1999). */
export function shortest<Input extends FuzzInput>(input: Input, fails: (input: Input) => boolean): Input {
  const nothing = input.slice(0, 0) as Input
  let result = input
  const end = performance.now() + mostMs
  let attempts = 0
  const isOver = (): boolean => attempts >= mostAttempts || performance.now() > end
  for (let length = Math.ceil(result.length / 2); length > 0;) {
    const before = result.length
    for (let at = 0; at < result.length && !isOver();) {
      attempts += 1
      const candidate = replaced(result, at, Math.min(at + length, result.length), nothing)
      if (fails(candidate)) result = candidate
      else at += length
    }
    // A round that has shortened it may have made another of the same length possible.
    if (length > 1) length = Math.ceil(length / 2)
    else if (result.length === before || isOver()) length = 0
  }
  return result
}
