import { constantOf, passLiteral, passValue, type Outcome } from './arguments.ts'
import type { FunctionContext, Parameter, TemplateFunction } from './functions-api.ts'
import { methodOf } from './methods.ts'
import {
  showNode,
  type ChainNode,
  type CommandNode,
  type IdentifierNode,
  type Node,
  type PipeNode,
  type TermNode,
} from './nodes.ts'
import { FunctionError } from './template-error.ts'
import { GoMap, GoStruct, isTrue, typeOf, type Value } from './values.ts'

/** Variables from the outermost to the innermost. */
export type Variable = { readonly name: string; value: Value }

/** What expressions are evaluated in. */
export type Scope = {
  readonly variables: Variable[]
  readonly functions: ReadonlyMap<string, TemplateFunction>
  readonly context: FunctionContext
  /** Remembers which node messages are about. */
  at(node: Node): void
  fail(message: string): never
  /** An error of a function, about `node`. */
  failCall(node: Node, name: string, error: unknown): never
}

/** Stands for the absence of a piped value: undefined is a value that is not there. */
const nothing: unique symbol = Symbol('nothing')
type Piped = Value | typeof nothing

/** The value of a pipeline, after its variables are set. */
export function evaluatePipe(scope: Scope, dot: Value, pipe: PipeNode): Value {
  scope.at(pipe)
  let value: Piped = nothing
  for (const command of pipe.commands) {
    // A nil interface is no value once it has left a command.
    value = evaluateCommand(scope, dot, command, value) ?? undefined
  }
  const result = value === nothing ? undefined : value
  for (const name of pipe.variables) {
    if (pipe.isAssign) assign(scope, name, result)
    else scope.variables.push({ name, value: result })
  }
  return result
}

/** Gives an existing variable another value: the innermost of that name. */
export function assign(scope: Scope, name: string, value: Value): void {
  const variable = scope.variables.findLast((known) => known.name === name)
  if (variable === undefined) scope.fail(`undefined variable: ${name}`)
  else variable.value = value
}

function evaluateCommand(scope: Scope, dot: Value, command: CommandNode, piped: Piped): Value {
  scope.context.budget.step()
  const [first, ...more] = command.terms
  if (isChained(first)) return evaluateChain(scope, dot, first, more, piped)
  if (first.type === 'identifier') return callFunction(scope, dot, first, command, more, piped)
  if (first.type !== 'pipe') scope.at(first)
  if (more.length > 0 || piped !== nothing) scope.fail(`can't give argument to non-function ${showNode(first)}`)
  switch (first.type) {
    case 'pipe':
      return evaluatePipe(scope, dot, first)
    case '.':
      return dot
    case 'nil':
      return scope.fail('nil is not a command')
    case 'number':
      scope.at(first)
      return settle(scope, constantOf(first))
    case 'bool':
    case 'string':
    default:
  }
  return first.value
}

function settle(scope: Scope, outcome: Outcome): Value {
  return 'fault' in outcome ? scope.fail(outcome.fault) : outcome.value
}

type Chained = Extract<TermNode, { type: 'field' | 'chain' | 'variable' }>

function isChained(node: TermNode): node is Chained {
  return node.type === 'field' || node.type === 'chain' || node.type === 'variable'
}

function evaluateChain(scope: Scope, dot: Value, node: Chained, args: readonly TermNode[], piped: Piped): Value {
  scope.at(node)
  const receiver =
    node.type === 'field' ? dot : node.type === 'variable' ? lookUp(scope, node.name) : inner(scope, dot, node)
  if (node.names.length === 0) {
    if (args.length > 0 || piped !== nothing) scope.fail(`can't give argument to non-function ${showNode(node)}`)
    return receiver
  }
  return node.names.reduce<Value>((value, name, index) => {
    const isLast = index === node.names.length - 1
    return evaluateField(scope, dot, node, name, value, isLast ? args : [], isLast ? piped : nothing)
  }, receiver)
}

function lookUp(scope: Scope, name: string): Value {
  const variable = scope.variables.findLast((known) => known.name === name)
  return variable === undefined ? scope.fail(`undefined variable: ${name}`) : variable.value
}

function inner(scope: Scope, dot: Value, node: ChainNode): Value {
  if (node.node.type === 'nil') scope.fail(`indirection through explicit nil in ${showNode(node)}`)
  return evaluateArgument(scope, dot, node.node, 'value')
}

function evaluateField(
  scope: Scope,
  dot: Value,
  node: Chained,
  name: string,
  receiver: Value,
  args: readonly TermNode[],
  piped: Piped,
): Value {
  scope.context.budget.step()
  if (receiver === undefined) return undefined
  if (receiver === null) return scope.fail(`nil pointer evaluating interface {}.${name}`)
  const method = methodOf(receiver, name)
  if (method !== undefined) return callWith(scope, dot, method, node, args, piped)
  const hasArguments = args.length > 0 || piped !== nothing
  if (receiver instanceof GoMap) {
    if (hasArguments) scope.fail(`${name} is not a method but has arguments`)
    return receiver.entries.get(name)
  }
  const field = receiver instanceof GoStruct ? receiver.field(name) : undefined
  if (field === undefined) return scope.fail(`can't evaluate field ${name} in type ${typeOf(receiver)}`)
  if (hasArguments) scope.fail(`${name} has arguments but cannot be invoked as function`)
  return field.value
}

function callFunction(
  scope: Scope,
  dot: Value,
  identifier: IdentifierNode,
  node: Node,
  args: readonly TermNode[],
  piped: Piped,
): Value {
  scope.at(identifier)
  const { name } = identifier
  const called = scope.functions.get(name)
  if (called === undefined) return scope.fail(`${JSON.stringify(name)} is not a defined function`)
  if (name === 'and' || name === 'or') return shortCircuit(scope, dot, name, args, piped)
  return callWith(scope, dot, called, node, args, piped)
}

/** `and` and `or` leave alone what follows the argument that decides. */
function shortCircuit(scope: Scope, dot: Value, name: 'and' | 'or', args: readonly TermNode[], piped: Piped): Value {
  if (args.length === 0 && piped === nothing) scope.fail(`wrong number of args for ${name}: want at least 1 got 0`)
  let value: Value
  for (const argument of args) {
    value = evaluateArgument(scope, dot, argument, 'value')
    if (isTrue(value) === (name === 'or')) return value
  }
  return piped === nothing ? value : piped
}

function callWith(
  scope: Scope,
  dot: Value,
  called: TemplateFunction,
  node: Node,
  args: readonly TermNode[],
  piped: Piped,
): Value {
  const { name, parameters, isVariadic } = called
  const given = args.length + (piped === nothing ? 0 : 1)
  const fixed = isVariadic ? parameters.length - 1 : parameters.length
  if (isVariadic && given < fixed)
    scope.fail(`wrong number of args for ${name}: want at least ${fixed} got ${args.length}`)
  if (!isVariadic && given !== fixed) scope.fail(`wrong number of args for ${name}: want ${fixed} got ${given}`)
  const typeAt = (index: number): Parameter => parameters[Math.min(index, parameters.length - 1)] ?? 'any'
  const values = args.map((argument, index) => evaluateArgument(scope, dot, argument, typeAt(index)))
  if (piped !== nothing) values.push(settle(scope, passValue(piped, typeAt(args.length))))
  const { context } = scope
  context.budget.step(1 + values.length)
  try {
    // What functions do with texts is paid for by their length.
    for (const value of values) if (typeof value === 'string') context.budget.allocate(value.length)
    const result = called.call(values, context)
    if (typeof result === 'string') context.budget.allocate(result.length)
    return result
  } catch (error) {
    if (error instanceof FunctionError || error instanceof RangeError) return scope.failCall(node, name, error)
    throw error
  }
}

function evaluateArgument(scope: Scope, dot: Value, node: TermNode, parameter: Parameter): Value {
  scope.at(node)
  scope.context.budget.step()
  const pass = (value: Value) => settle(scope, passValue(value, parameter))
  switch (node.type) {
    case '.':
      return pass(dot)
    case 'pipe':
      return pass(evaluatePipe(scope, dot, node))
    case 'identifier':
      return pass(callFunction(scope, dot, node, node, [], nothing))
    case 'field':
    case 'variable':
    case 'chain':
      return pass(evaluateChain(scope, dot, node, [], nothing))
    case 'bool':
    case 'nil':
    case 'number':
    case 'string':
    default:
  }
  return settle(scope, passLiteral(node, parameter))
}
