import { logLevels, type LogLevel } from '../../core/log.ts'
import { SignetError } from '../../core/errors.ts'
import { isObject } from '../../core/json-reader.ts'
import type { AuthorityPod } from '../../operator/controllers/authority/render/context.ts'
import type { Defaults } from '../../operator/defaults.ts'
import type { OperatorSettings } from '../../operator/operator.ts'

/** Everything that the operator is told by its environment, which the chart writes. */
export type OperatorEnvironment = {
  readonly settings: OperatorSettings
  readonly pod: { readonly name: string; readonly uid: string }
  /** Namespaces whose Certificates it serves; undefined: all of them. */
  readonly namespaces: readonly string[] | undefined
  /** Name of the MutatingWebhookConfiguration. */
  readonly webhookConfiguration: string
  /** Where metrics and health are served: `host:port` or `:port`. */
  readonly healthAddress: string
  readonly logLevel: LogLevel
}

type Variables = Readonly<Record<string, string | undefined>>

/** Reads the environment; `malformed` with the name of the variable that is missing or wrong. */
export function readEnvironment(variables: Variables): OperatorEnvironment {
  const authorities = readNames(variables, 'SIGNET_AUTHORITIES', ['signet'])
  const namespaces = readNames(variables, 'SIGNET_NAMESPACES', [])
  const defaults = readObject(variables, 'SIGNET_DEFAULTS') as Defaults
  return {
    settings: {
      namespace: required(variables, 'POD_NAMESPACE'),
      serviceAccount: optional(variables, 'SIGNET_SERVICE_ACCOUNT', 'signet-operator'),
      lease: optional(variables, 'SIGNET_LEASE', 'signet-operator'),
      authorities,
      defaults,
      webhookAuthority: optional(variables, 'SIGNET_AUTHORITY', defaults.authority?.name ?? 'signet'),
      pod: readAuthorityPod(variables),
    },
    pod: { name: required(variables, 'POD_NAME'), uid: required(variables, 'POD_UID') },
    namespaces: namespaces.length === 0 ? undefined : namespaces,
    webhookConfiguration: optional(variables, 'SIGNET_WEBHOOK_CONFIGURATION', 'signet'),
    healthAddress: optional(variables, 'SIGNET_HEALTH_ADDRESS', ':9090'),
    logLevel: readLogLevel(optional(variables, 'SIGNET_LOG_LEVEL', 'info')),
  }
}

function optional(variables: Variables, name: string, otherwise: string): string {
  const value = variables[name]
  return value === undefined || value === '' ? otherwise : value
}

function required(variables: Variables, name: string): string {
  const value = optional(variables, name, '')
  if (value === '') throw fault(name, 'is not set: the chart sets it')
  return value
}

function readJson(variables: Variables, name: string): unknown {
  const text = optional(variables, name, '')
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw fault(name, 'is not JSON')
  }
}

function readNames(variables: Variables, name: string, otherwise: readonly string[]): readonly string[] {
  const value = readJson(variables, name) ?? otherwise
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw fault(name, 'must be a list of names, as JSON')
}

function readObject(variables: Variables, name: string): Readonly<Record<string, unknown>> {
  const value = readJson(variables, name) ?? {}
  if (isObject(value)) return value
  throw fault(name, 'must be an object, as JSON')
}

/** What is in it besides the image goes into the pod as it is: the API server checks it. */
function readAuthorityPod(variables: Variables): AuthorityPod {
  const { image, ...rest } = readObject(variables, 'SIGNET_AUTHORITY_POD')
  if (typeof image !== 'string' || image === '') throw fault('SIGNET_AUTHORITY_POD', 'must name an image')
  return { image, ...rest }
}

function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level === undefined) throw fault('SIGNET_LOG_LEVEL', `must be one of ${logLevels.join(', ')}`)
  return level
}

function fault(name: string, problem: string): SignetError {
  return new SignetError('malformed', `${name} ${problem}`, { path: name })
}
