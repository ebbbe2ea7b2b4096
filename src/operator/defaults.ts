import { isSignetError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import {
  authorities,
  provisioners,
  type Authority,
  type KubernetesObject,
  type Provisioner,
  type ResourceKind,
} from '../core/resources/index.ts'
import { leases } from './kinds.ts'
import { annotations } from './names.ts'
import type { KubeApi } from './ports.ts'

/** The objects that an installation begins with, out of the chart's values; each may be turned off. */
export type Defaults = {
  readonly authority?: { readonly name: string; readonly spec: object }
  readonly provisioner?: { readonly name: string; readonly spec: object }
}

export type DefaultsDeps = {
  readonly kube: Pick<KubeApi, 'get' | 'create' | 'mergePatch'>
  readonly log: Log
  /** The Lease of the operators, which remembers that the defaults were made. */
  readonly lease: { readonly namespace: string; readonly name: string }
}

/**
 * Makes the default Authority and Provisioner where this installation never made them: what was deleted by hand is not
 * brought back. The memory is an annotation of the Lease, which the chart makes: it outlives restarts and upgrades, and
 * goes with `helm uninstall`, so that a new installation begins with its defaults again. An object of that name that is
 * there already is left as it is. Only the leader may call this.
 */
export async function createDefaults({ authority, provisioner }: Defaults, deps: DefaultsDeps): Promise<void> {
  const { kube, lease, log } = deps
  const known = (await kube.get(leases, lease))?.metadata.annotations?.[annotations.defaultsCreated]
  if (known !== undefined) return
  const made = [
    ...(authority === undefined ? [] : [await createOnce(authorities, authority, deps)]),
    ...(provisioner === undefined ? [] : [await createOnce(provisioners, provisioner, deps)]),
  ]
  const names = [authority?.name, provisioner?.name].filter((name) => name !== undefined).join('/')
  await kube.mergePatch(leases, lease, { metadata: { annotations: { [annotations.defaultsCreated]: names } } })
  log.info({ objects: made.flat() }, 'default objects were created')
}

/** Resolves to what was created; nothing if there is an object of that name: the operator may create, never change. */
async function createOnce<T extends Authority | Provisioner>(
  kind: ResourceKind<T>,
  { name, spec }: { readonly name: string; readonly spec: object },
  { kube }: DefaultsDeps,
): Promise<string[]> {
  const object = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name }, spec }
  try {
    // The spec comes from the chart's values: the API server fills its defaults in and checks it.
    await kube.create<KubernetesObject>(kind, object)
    return [`${kind.kind}/${name}`]
  } catch (error) {
    if (isSignetError(error, 'conflict')) return []
    throw error
  }
}
