import { parseJson } from './json.ts'

/**
 * JSON with line breaks, as Go's json.Indent writes it: two spaces a level, members in their order, numbers and texts
 * letter by letter as they were. A SyntaxError if it is no JSON.
 */
export function indentJson(text: string): string {
  parseJson(text)
  const parts: string[] = []
  let depth = 0
  const newLine = (): string => `\n${'  '.repeat(depth)}`
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') parts.push(token, ((depth += 1), newLine()))
    else if (token === '}' || token === ']') {
      depth -= 1
      const isEmpty = parts.length > 1 && /^\n *$/.test(parts.at(-1) ?? '')
      if (isEmpty) parts.pop()
      parts.push(isEmpty ? token : `${newLine()}${token}`)
    } else if (token === ',') parts.push(token, newLine())
    else parts.push(token === ':' ? ': ' : token)
  }
  return parts.join('')
}

/** A text, a sign, or a number or word: all that is not white space. */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs
