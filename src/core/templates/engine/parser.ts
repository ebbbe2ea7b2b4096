import { toOctets } from './byte-text.ts'
import type { Token, TokenType } from './lexer.ts'
import { readNumber } from './number.ts'
import {
  showNode,
  type CommandNode,
  type ControlNode,
  type FieldNode,
  type ListNode,
  type PipeNode,
  type StatementNode,
  type TermNode,
} from './nodes.ts'
import { quote, unquote } from './quote.ts'
import { TemplateError } from './template-error.ts'
import { createTokenStream } from './token-stream.ts'

/** Templates by name, and the octets that they come from. */
export type ParsedTemplate = {
  readonly name: string
  readonly source: string
  readonly templates: ReadonlyMap<string, ListNode>
}

/** Largest template, and how deep actions and parentheses may nest: both far above what anybody writes. */
const maxSize = 256 * 1024
const maxNesting = 100

type End = { readonly type: 'end' } | { readonly type: 'else'; readonly keyword: 'if' | 'with' | undefined }

/**
 * The syntax tree of a template text. `isFunction` knows the names of functions; anything else is an error here already.
 * Throws TemplateError of kind `parse`, or `limit` for a text that is too large.
 */
export function parseTemplate(name: string, text: string, isFunction: (name: string) => boolean): ParsedTemplate {
  const source = toOctets(text)
  const templates = new Map<string, ListNode>()
  let nesting = 0
  let rangeDepth = 0
  let variables = ['$']

  if (source.length > maxSize) {
    const place = { line: 1, column: undefined }
    throw new TemplateError('limit', `template: ${name}: is larger than ${maxSize} octets`, place)
  }
  const tokens = createTokenStream(name, source)
  const { next, peek, nextNonSpace, peekNonSpace, putBack, expect, fail, unexpected } = tokens
  const nested = <T>(read: () => T): T => {
    nesting += 1
    if (nesting > maxNesting) fail('max expression depth exceeded')
    const result = read()
    nesting -= 1
    return result
  }
  /** A template of its own sees neither the variables nor the loops around it. */
  const apart = <T>(read: () => T): T => {
    const [outerVariables, outerDepth] = [variables, rangeDepth]
    variables = ['$']
    rangeDepth = 0
    const result = read()
    variables = outerVariables
    rangeDepth = outerDepth
    return result
  }
  const add = (title: string, list: ListNode): void => {
    const known = templates.get(title)
    if (known === undefined || isEmpty(known)) templates.set(title, list)
    else if (!isEmpty(list)) fail(`template: multiple definition of template ${quote(title)}`)
  }
  const unquoted = (token: Token): string => unquote(token.text) ?? fail('invalid syntax')

  const readRoot = (): ListNode => {
    const nodes: StatementNode[] = []
    const { position } = peek()
    while (peek().type !== 'EOF') {
      const node = readStatement(true)
      if (node === undefined) continue
      if (node.type === 'end' || node.type === 'else') return fail(`unexpected {{${node.type}}}`)
      nodes.push(node)
    }
    return { type: 'list', position, nodes }
  }
  const readDefinition = (): void => {
    const title = unquoted(expect('string', 'define clause'))
    expect('right delimiter', 'define clause')
    const { list, end } = apart(() => nested(readList))
    if (end.type !== 'end') fail('unexpected {{else}} in define clause')
    add(title, list)
  }
  const readList = (): { readonly list: ListNode; readonly end: End } => {
    const nodes: StatementNode[] = []
    const { position } = peekNonSpace()
    while (peekNonSpace().type !== 'EOF') {
      const node = readStatement(false)
      if (node === undefined) continue
      if (node.type === 'end' || node.type === 'else') return { list: { type: 'list', position, nodes }, end: node }
      nodes.push(node)
    }
    return fail('unexpected EOF')
  }
  const readStatement = (isRoot: boolean): StatementNode | End | undefined => {
    const token = nextNonSpace()
    if (token.type === 'text') return { type: 'text', position: token.position, text: token.text }
    if (token.type !== 'left delimiter') return unexpected(token, 'input')
    const word = nextNonSpace()
    if (word.type === 'keyword') return readKeyword(word, isRoot)
    putBack(word)
    return { type: 'action', position: word.position, pipe: readPipe('command', 'right delimiter') }
  }
  const readKeyword = (word: Token, isRoot: boolean): StatementNode | End | undefined => {
    const { text, position } = word
    if (text === 'if' || text === 'with' || text === 'range') return readControl(text)
    if (text === 'template' || text === 'block') return readTemplateCall(text)
    if (text === 'break' || text === 'continue') {
      expect('right delimiter', `{{${text}}}`)
      if (rangeDepth === 0) fail(`{{${text}}} outside {{range}}`)
      return { type: text, position }
    }
    if (text === 'end') {
      expect('right delimiter', 'end')
      return { type: 'end' }
    }
    if (text === 'else') {
      const follower = peekNonSpace()
      const chained = follower.text === 'if' || follower.text === 'with' ? follower.text : undefined
      if (chained === undefined) expect('right delimiter', 'else')
      return { type: 'else', keyword: chained }
    }
    if (!isRoot) return unexpected(word, 'command')
    readDefinition()
    return undefined
  }
  const readControl = (type: ControlNode['type']): ControlNode => {
    const outer = variables.length
    const pipe = readPipe(type, 'right delimiter')
    if (type === 'range') rangeDepth += 1
    const { list, end } = nested(readList)
    if (type === 'range') rangeDepth -= 1
    const elseList = end.type === 'end' ? undefined : readElse(type, end.keyword)
    variables.length = outer
    return { type, position: pipe.position, pipe, list, elseList }
  }
  const readElse = (type: ControlNode['type'], keyword: 'if' | 'with' | undefined): ListNode => {
    if (keyword !== undefined && keyword === type) {
      const { position } = nextNonSpace()
      return { type: 'list', position, nodes: [nested(() => readControl(keyword))] }
    }
    const { list, end } = nested(readList)
    return end.type === 'end' ? list : fail('expected end; found {{else}}')
  }
  const readTemplateCall = (keyword: 'template' | 'block'): StatementNode => {
    const context = `${keyword} clause`
    const token = expect('string', context)
    const title = unquoted(token)
    const isBare = keyword === 'template' && peekNonSpace().type === 'right delimiter'
    if (isBare) nextNonSpace()
    const pipe = isBare ? undefined : readPipe(context, 'right delimiter')
    if (keyword === 'block') {
      const { list, end } = apart(() => nested(readList))
      if (end.type !== 'end') fail('unexpected {{else}} in block clause')
      add(title, list)
    }
    return { type: 'template', position: token.position, name: title, pipe }
  }

  const readPipe = (context: string, end: TokenType): PipeNode => {
    const { position } = peekNonSpace()
    const { declared, isAssign } = readDeclarations(context)
    const commands: CommandNode[] = []
    for (;;) {
      const token = nextNonSpace()
      if (token.type === end) break
      if (!startsTerm.has(token.type)) return unexpected(token, context)
      putBack(token)
      commands.push(readCommand())
    }
    if (commands.length === 0) fail(`missing value for ${context}`)
    const stage = commands.findIndex(({ terms: [first] }, index) => index > 0 && constants.has(first.type))
    if (stage > 0) fail(`non executable command in pipeline stage ${stage + 1}`)
    return { type: 'pipe', position, isAssign, variables: declared, commands }
  }
  const readDeclarations = (context: string): { readonly declared: string[]; readonly isAssign: boolean } => {
    const declared: string[] = []
    for (;;) {
      const variable = peekNonSpace()
      if (variable.type !== 'variable') return { declared, isAssign: false }
      next()
      const after = peek()
      const follower = peekNonSpace()
      const isComma = follower.type === 'other' && follower.text === ','
      const isDeclaration = follower.type === '=' || follower.type === ':='
      if (!isComma && !isDeclaration) {
        // A space between a variable and what follows it separates arguments.
        if (after.type === 'space') putBack(after)
        putBack(variable)
        return { declared, isAssign: false }
      }
      nextNonSpace()
      declared.push(variable.text)
      variables.push(variable.text)
      if (isDeclaration) return { declared, isAssign: follower.type === '=' }
      if (context !== 'range' || declared.length > 1) return fail(`too many declarations in ${context}`)
      const following = peekNonSpace().type
      if (!['variable', 'right delimiter', ')'].includes(following)) return fail('range can only initialize variables')
    }
  }
  const readCommand = (): CommandNode => {
    const { position } = peekNonSpace()
    const terms: TermNode[] = []
    for (;;) {
      const term = readOperand()
      if (term !== undefined) terms.push(term)
      const token = next()
      if (token.type === 'space') continue
      if (token.type === 'right delimiter' || token.type === ')') putBack(token)
      else if (token.type !== '|') return unexpected(token, 'operand')
      break
    }
    const [first, ...more] = terms
    return first === undefined ? fail('empty command') : { type: 'command', position, terms: [first, ...more] }
  }
  const readOperand = (): TermNode | undefined => {
    const term = readTerm()
    if (term === undefined || peek().type !== 'field') return term
    const { position } = peek()
    const names: [string, ...string[]] = [next().text.slice(1)]
    while (peek().type === 'field') names.push(next().text.slice(1))
    if (term.type === 'field') return { ...term, position, names: [...term.names, ...names] }
    if (term.type === 'variable') return { ...term, position, names: [...term.names, ...names] }
    if (constants.has(term.type)) return fail(`unexpected . after term ${quote(showNode(term))}`)
    return { type: 'chain', position, node: term, names }
  }
  const readTerm = (): TermNode | undefined => {
    const token = nextNonSpace()
    const { type, text, position } = token
    if (type === '(') return nested(() => readPipe('parenthesized pipeline', ')'))
    if (type === '.') return { type, position }
    if (type === 'nil') return { type, position }
    if (type === 'bool') return { type, value: text === 'true', position }
    if (type === 'field') return { type, names: [text.slice(1)], position } satisfies FieldNode
    if (type === 'string') return { type, value: unquoted(token), source: text, position }
    if (type === 'identifier') {
      return isFunction(text) ? { type, name: text, position } : fail(`function ${quote(text)} not defined`)
    }
    if (type === 'variable') {
      if (!variables.includes(text)) return fail(`undefined variable ${quote(text)}`)
      return { type, name: text, names: [], position }
    }
    if (type === 'number' || type === 'complex' || type === 'character') {
      const number = readNumber(text, position, type === 'character')
      return number ?? fail(`illegal number syntax: ${quote(text)}`)
    }
    putBack(token)
    return undefined
  }

  add(name, readRoot())
  return { name, source, templates }
}

const constants: ReadonlySet<string> = new Set(['bool', '.', 'nil', 'number', 'string'])
const startsTerm: ReadonlySet<TokenType> = new Set([
  'bool',
  'character',
  'complex',
  '.',
  'field',
  'identifier',
  'number',
  'nil',
  'string',
  'variable',
  '(',
])

/** Nothing but white space: may be defined again. */
function isEmpty({ nodes }: ListNode): boolean {
  return nodes.every((node) => node.type === 'text' && /^[\t-\r ]*$/.test(node.text))
}
