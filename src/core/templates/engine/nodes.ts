import type { GoComplex } from './values.ts'

/** Where in the text of its template a node stands, in octets. */
type Placed = { readonly position: number }

export type TextNode = Placed & { readonly type: 'text'; readonly text: string }
export type ActionNode = Placed & { readonly type: 'action'; readonly pipe: PipeNode }
export type ControlNode = Placed & {
  readonly type: 'if' | 'with' | 'range'
  readonly pipe: PipeNode
  readonly list: ListNode
  readonly elseList: ListNode | undefined
}
export type TemplateNode = Placed & {
  readonly type: 'template'
  readonly name: string
  readonly pipe: PipeNode | undefined
}
export type JumpNode = Placed & { readonly type: 'break' | 'continue' }
export type ListNode = Placed & { readonly type: 'list'; readonly nodes: readonly StatementNode[] }
export type StatementNode = TextNode | ActionNode | ControlNode | TemplateNode | JumpNode

export type PipeNode = Placed & {
  readonly type: 'pipe'
  /** `=`: the variables exist. */
  readonly isAssign: boolean
  readonly variables: readonly string[]
  readonly commands: readonly CommandNode[]
}
export type CommandNode = Placed & { readonly type: 'command'; readonly terms: readonly [TermNode, ...TermNode[]] }

/** A number can be of several types; where it stands decides. */
export type NumberNode = Placed & {
  readonly type: 'number'
  readonly text: string
  readonly integer: bigint | undefined
  readonly float: number | undefined
  readonly complex: GoComplex | undefined
}
export type IdentifierNode = Placed & { readonly type: 'identifier'; readonly name: string }
export type FieldNode = Placed & { readonly type: 'field'; readonly names: readonly [string, ...string[]] }
export type VariableNode = Placed & {
  readonly type: 'variable'
  readonly name: string
  readonly names: readonly string[]
}
export type ChainNode = Placed & {
  readonly type: 'chain'
  readonly node: TermNode
  readonly names: readonly [string, ...string[]]
}
export type StringNode = Placed & { readonly type: 'string'; readonly value: string; readonly source: string }
export type BoolNode = Placed & { readonly type: 'bool'; readonly value: boolean }
export type DotNode = Placed & { readonly type: '.' }
export type NilNode = Placed & { readonly type: 'nil' }
export type TermNode =
  | PipeNode
  | NumberNode
  | IdentifierNode
  | FieldNode
  | VariableNode
  | ChainNode
  | StringNode
  | BoolNode
  | DotNode
  | NilNode

export type Node = StatementNode | ListNode | CommandNode | TermNode

/** Longest excerpt of a template in a message. */
const maxLength = 200

/** A node as Go's messages show it: its source in one spelling, cut where it is long. */
export function showNode(node: Node): string {
  const text = show(node)
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

function show(node: Node): string {
  switch (node.type) {
    case 'text':
      return node.text
    case 'action':
      return `{{${show(node.pipe)}}}`
    case 'template':
      return `{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? '' : ` ${show(node.pipe)}`}}}`
    case 'break':
    case 'continue':
      return `{{${node.type}}}`
    case 'list':
      return ''
    case 'pipe': {
      const variables = node.variables.join(', ')
      return `${variables}${variables === '' ? '' : node.isAssign ? ' = ' : ' := '}${node.commands.map(show).join(' | ')}`
    }
    case 'command':
      return node.terms.map((term) => (term.type === 'pipe' ? `(${show(term)})` : show(term))).join(' ')
    case 'number':
      return node.text
    case 'identifier':
      return node.name
    case 'field':
      return node.names.map((name) => `.${name}`).join('')
    case 'variable':
      return [node.name, ...node.names].join('.')
    case 'chain':
      return `${node.node.type === 'pipe' ? `(${show(node.node)})` : show(node.node)}${node.names.map((name) => `.${name}`).join('')}`
    case 'string':
      return node.source
    case 'bool':
      return String(node.value)
    case '.':
    case 'nil':
      return node.type
    case 'if':
    case 'with':
    case 'range':
    default:
  }
  return `{{${node.type} ${show(node.pipe)}}}…{{end}}`
}
