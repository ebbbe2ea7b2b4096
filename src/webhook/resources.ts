import { containersOf, type Container, type Pod, type Resources } from './pod.ts'

/** Requests and limits of one injected container; all four are always there. */
export type ContainerResources = {
  readonly requests: { readonly cpu: string; readonly memory: string }
  readonly limits: { readonly cpu: string; readonly memory: string }
}

const binary = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 } as const
const decimal = { n: -3, u: -2, m: -1, k: 1, M: 2, G: 3, T: 4, P: 5, E: 6 } as const

/**
 * Resources of an injected container. In a Guaranteed pod requests equal limits, so that it stays Guaranteed; a pod with
 * resources of its own (`spec.resources`) gets none, because the pod's bound every container in it and decide its class.
 */
export function resourcesFor(pod: Pod, wanted: ContainerResources): ContainerResources | undefined {
  if (pod.spec.resources?.limits !== undefined || pod.spec.resources?.requests !== undefined) return undefined
  if (!isGuaranteed(pod)) return wanted
  const limits = { ...wanted.limits, cpu: atMost(wanted.limits.cpu, totalCpu(pod)) }
  return { requests: limits, limits }
}

/** The kubelet's rule (`pkg/apis/core/v1/helper/qos`): every container limits cpu and memory and requests as much. */
function isGuaranteed(pod: Pod): boolean {
  return containersOf(pod).every((container) => ['cpu', 'memory'].every((name) => isFixed(container, name)))
}

function isFixed({ resources }: Container, name: string): boolean {
  const limit = amount(resources?.limits, name)
  return limit > 0 && amount(resources?.requests, name) === limit
}

/** Cores that the app containers have: an init container that asks for no more does not raise what the pod asks for. */
function totalCpu(pod: Pod): number {
  return pod.spec.containers.reduce((sum, container) => sum + amount(container.resources?.limits, 'cpu'), 0)
}

function atMost(wanted: string, cores: number): string {
  return parseQuantity(wanted) <= cores ? wanted : `${Math.ceil(cores * 1000)}m`
}

function amount(list: Resources['limits'], name: string): number {
  const value = list?.[name]
  return value === undefined ? 0 : parseQuantity(String(value))
}

/** Value of a Kubernetes quantity such as `500m` or `96Mi`; NaN if it is none, which compares unequal to everything. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?[0-9.]+)(?:([KMGTPE]i)|([numkMGTPE])|(?:[eE]([+-]?[0-9]+)))?$/.exec(text)
  if (match === null) return Number.NaN
  const [, digits, binaryUnit, decimalUnit, exponent] = match
  if (binaryUnit !== undefined) return Number(digits) * 1024 ** binary[binaryUnit as keyof typeof binary]
  const power = decimalUnit === undefined ? Number(exponent ?? 0) : 3 * decimal[decimalUnit as keyof typeof decimal]
  // Division rounds once, so that 100m and 0.1 are the same number.
  return power < 0 ? Number(digits) / 10 ** -power : Number(digits) * 10 ** power
}
