import { createLexer, type Token, type TokenType } from './lexer.ts'
import { quote } from './quote.ts'
import { TemplateError } from './template-error.ts'

/** The tokens of a template, of which some can be put back, and the errors of who reads them. */
export type TokenStream = {
  readonly next: () => Token
  readonly peek: () => Token
  readonly nextNonSpace: () => Token
  readonly peekNonSpace: () => Token
  /** What comes next: the last one that was put back first. */
  readonly putBack: (token: Token) => void
  /** The next token that is no space, which must be of this type. */
  readonly expect: (type: TokenType, context: string) => Token
  /** TemplateError about what was read last. The message has its column as well, which Go leaves out of such errors. */
  readonly fail: (message: string) => never
  readonly unexpected: (token: Token, context: string) => never
}

export function createTokenStream(name: string, source: string): TokenStream {
  const lex = createLexer(source)
  const pending: Token[] = []
  let line = 1
  /** Of the token that was read last. */
  let position = 0

  const fail = (message: string): never => {
    const column = position - source.slice(0, position).lastIndexOf('\n') - 1
    throw new TemplateError('parse', `template: ${name}:${line}:${column}: ${message}`, { line, column: undefined })
  }
  const next = (): Token => {
    const token = pending.pop() ?? lex()
    if (token.line > line) line = token.line
    if (token.position > position) position = token.position
    return token
  }
  const nextNonSpace = (): Token => {
    let token = next()
    while (token.type === 'space') token = next()
    return token
  }
  const putBack = (token: Token) => void pending.push(token)
  const seen = (token: Token): Token => {
    putBack(token)
    return token
  }
  const unexpected = (token: Token, context: string): never => {
    if (token.type === 'error') return fail(token.text)
    const shown = token.type === 'EOF' ? 'EOF' : token.type === 'keyword' ? `<${token.text}>` : quote(token.text)
    return fail(`unexpected ${shown} in ${context}`)
  }
  return {
    next,
    nextNonSpace,
    putBack,
    fail,
    unexpected,
    peek: () => seen(next()),
    peekNonSpace: () => seen(nextNonSpace()),
    expect(type, context) {
      const token = nextNonSpace()
      return token.type === type ? token : unexpected(token, context)
    },
  }
}
