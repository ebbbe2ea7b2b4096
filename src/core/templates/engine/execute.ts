import { createBudget, type Limits } from './budget.ts'
import { toText } from './byte-text.ts'
import { assign, evaluatePipe, type Scope, type Variable } from './evaluate.ts'
import { formatValue, noFlags } from './format-value.ts'
import type { FunctionContext, TemplateFunction } from './functions-api.ts'
import type { Random } from '../../clock.ts'
import { showNode, type ControlNode, type ListNode, type Node, type PipeNode, type TemplateNode } from './nodes.ts'
import type { ParsedTemplate } from './parser.ts'
import { FunctionError, TemplateError, type TemplateErrorKind } from './template-error.ts'
import { compareOctets, GoInt, GoList, GoMap, int, isTrue, typeOf, type Value } from './values.ts'

/** What a rendering needs besides the template and its data. */
export type Environment = {
  readonly functions: ReadonlyMap<string, TemplateFunction>
  readonly limits: Limits
  /** The time that templates see, in milliseconds since the epoch. */
  readonly now: number
  readonly random: Random
  /** Milliseconds on any clock, for the limit of time. */
  readonly elapsed: () => number
  readonly refuse?: RefuseValue
}

/**
 * Looks at what an action is about to write behind `before()`, which is not the template's own text; gives what is wrong with
 * it, if anything is.
 */
export type RefuseValue = (written: string, before: () => string) => string | undefined

type Jump = 'break' | 'continue' | undefined

/** The text that a template makes of `data`; TemplateError with the place where it goes wrong. */
export function executeTemplate(parsed: ParsedTemplate, data: Value, environment: Environment): string {
  const { limits, functions, now, random, elapsed, refuse } = environment
  const budget = createBudget(limits, elapsed)
  const context: FunctionContext = { budget, now, random }
  const output: string[] = []
  let current: Node | undefined
  let title = parsed.name

  const raise = (kind: TemplateErrorKind, message: string): never => {
    const place = placeOf(parsed.source, current?.position ?? 0)
    if (kind === 'fail') throw new TemplateError(kind, toText(message), place)
    const about = current === undefined ? '' : ` at <${showNode(current)}>`
    const where = `template: ${parsed.name}:${place.line}:${place.column}: executing ${JSON.stringify(title)}${about}`
    throw new TemplateError(kind, toText(`${where}: ${message}`), place)
  }
  const scopeOf = (variables: Variable[]): Scope => ({
    variables,
    functions,
    context,
    at(node) {
      current = node
    },
    fail: (message) => raise('execute', message),
    failCall(node, name, error) {
      const message = error instanceof Error ? error.message : String(error)
      const kind = error instanceof FunctionError ? error.kind : 'limit'
      current = node
      if (kind === 'fail') return raise(kind, message)
      return raise(kind, `error calling ${name}: ${message}`)
    },
  })

  const walkList = (scope: Scope, dot: Value, { nodes }: ListNode, depth: number): Jump => {
    for (const node of nodes) {
      const jump = walk(scope, dot, node, depth)
      if (jump !== undefined) return jump
    }
    return undefined
  }
  const write = (text: string) => {
    budget.output(text.length)
    output.push(text)
  }
  const walk = (scope: Scope, dot: Value, node: ListNode['nodes'][number], depth: number): Jump => {
    current = node
    budget.step()
    if (node.type === 'range') return walkRange(scope, dot, node, depth)
    if (node.type === 'if' || node.type === 'with') return walkCondition(scope, dot, node, depth)
    if (node.type === 'text') write(node.text)
    else if (node.type === 'template') walkTemplate(scope, dot, node, depth)
    else if (node.type !== 'action') return node.type
    else {
      const value = evaluatePipe(scope, dot, node.pipe)
      current = node
      if (node.pipe.variables.length === 0) writeValue(printed(value))
    }
    return undefined
  }
  const writeValue = (text: string): void => {
    const problem = refuse?.(text, () => output.join(''))
    if (problem !== undefined) raise('execute', problem)
    write(text)
  }
  const printed = (value: Value) => (value === undefined ? '<no value>' : formatValue(value, 'v', noFlags, budget))
  const walkCondition = (scope: Scope, dot: Value, node: ControlNode, depth: number): Jump => {
    const mark = scope.variables.length
    const value = evaluatePipe(scope, dot, node.pipe)
    const inner = node.type === 'with' ? value : dot
    const jump = isTrue(value)
      ? walkList(scope, inner, node.list, depth)
      : node.elseList && walkList(scope, dot, node.elseList, depth)
    scope.variables.length = mark
    return jump
  }
  const walkTemplate = (scope: Scope, dot: Value, node: TemplateNode, depth: number): void => {
    const list = parsed.templates.get(node.name)
    if (list === undefined) return raise('execute', `template ${JSON.stringify(node.name)} not defined`)
    budget.deep(depth + 1)
    const value = node.pipe && evaluatePipe(scope, dot, node.pipe)
    const caller = title
    title = node.name
    walkList(scopeOf([{ name: '$', value }]), value, list, depth + 1)
    title = caller
  }
  const walkRange = (scope: Scope, dot: Value, node: ControlNode, depth: number): Jump => {
    const mark = scope.variables.length
    const value = evaluatePipe(scope, dot, node.pipe)
    const inside = scope.variables.length
    const elements = elementsOf(value, node.pipe, (message) => raise('execute', message))
    let jump: Jump
    let isEmpty = true
    for (const [key, element] of elements) {
      isEmpty = false
      budget.step()
      setLoopVariables(scope, node.pipe, key, element)
      const left = walkList(scope, element, node.list, depth)
      scope.variables.length = inside
      if (left === 'break') break
    }
    if (isEmpty && node.elseList !== undefined) jump = walkList(scope, dot, node.elseList, depth)
    scope.variables.length = mark
    return jump
  }

  try {
    const root = parsed.templates.get(parsed.name)
    if (root !== undefined) walkList(scopeOf([{ name: '$', value: data }]), data, root, 0)
  } catch (error) {
    if (error instanceof FunctionError) raise(error.kind, error.message)
    // Nesting is limited; this is the stack of whoever called with little of it left.
    if (error instanceof RangeError) raise('limit', 'is nested too deeply')
    throw error
  }
  return toText(output.join(''))
}

/** Line from 1, column from 0, both in octets. */
function placeOf(source: string, position: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, position)
  const newline = before.lastIndexOf('\n')
  return { line: before.split('\n').length, column: newline < 0 ? position : position - newline - 1 }
}

/** `$i, $e := range`: key and element; with one variable the element alone. */
function setLoopVariables(scope: Scope, { variables, isAssign }: PipeNode, key: Value, element: Value): void {
  const values = variables.length > 1 ? [key, element] : [element]
  if (isAssign) {
    variables.forEach((name, index) => assign(scope, name, values[index]))
    return
  }
  const first = scope.variables.length - variables.length
  variables.forEach((name, index) => (scope.variables[first + index] = { name, value: values[index] }))
}

/** What `range` visits: integers below a number, items of a list, members of a map in order of their keys. */
function* elementsOf(
  value: Value,
  pipe: PipeNode,
  fail: (message: string) => never,
): Generator<readonly [Value, Value]> {
  if (value instanceof GoInt) {
    if (pipe.variables.length > 1) fail(`can't use ${value.value} to iterate over more than one variable`)
    for (let index = 0n; index < value.value; index += 1n) yield [undefined, new GoInt(index, value.type)]
    return
  }
  if (value instanceof GoList) {
    for (const [index, item] of value.items.entries()) yield [int(index), item]
    return
  }
  if (value instanceof GoMap) {
    const entries = [...value.entries].sort(([a], [b]) => compareOctets(a, b))
    for (const entry of entries) yield entry
    return
  }
  if (value === undefined || value === null) return
  fail(`range can't iterate over ${typeOf(value)}`)
}
