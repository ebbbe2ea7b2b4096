/**
 * Levels of objects and lists in one another. Go stops at 10,000; here, who walks a value by recursion has a stack of 1 MiB,
 * which 10,000 levels exceed. Nobody writes more than ten.
 */
export const maximumJsonDepth = 500

/** As JSON.parse; a SyntaxError also for what is nested in more than 500 levels. Its message quotes the text. */
export function parseJson(text: string): unknown {
  if (mayBeDeep(text) && depthOf(text) > maximumJsonDepth) {
    throw new SyntaxError(`nested in more than ${maximumJsonDepth} levels`)
  }
  return JSON.parse(text) as unknown
}

/** Are there that many opening signs at all, in texts or outside of them? */
function mayBeDeep(text: string): boolean {
  let count = 0
  for (const sign of ['[', '{']) {
    for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
      if (++count > maximumJsonDepth) return true
    }
  }
  return false
}

/** The deepest level of a text, if it is JSON. */
function depthOf(text: string): number {
  let [depth, deepest, isText] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === '"') isText = !isText
    else if (isText) at += sign === '\\' ? 1 : 0
    else if (sign === '[' || sign === '{') deepest = Math.max(deepest, ++depth)
    else if (sign === ']' || sign === '}') depth--
  }
  return deepest
}
