import type { Claims } from '../../core/claims.ts'
import { isSignetError } from '../../core/errors.ts'
import { readJson } from '../../core/json-reader.ts'
import { signetApiVersion, type Named, type Provisioner } from '../../core/resources/index.ts'
import { otherKeeper } from '../../core/resources/ownership.ts'
import { provisionerBlocks, provisionerTypes } from '../../core/resources/provisioners/blocks.ts'
import { renderProvisioner, specOfCaJson, unlike, withoutEmpty } from '../../core/resources/provisioners/ca-json.ts'
import { readProvisioners } from '../provisioners/index.ts'
import { toCaJson } from './convert.ts'
import { storedProvisioner } from './first-state.ts'
import { badRequest } from './refuse.ts'
import type { StoredProvisioner } from './state.ts'

/** Provisioners of the admin API that are objects of a cluster, both ways. */

/** The provisioner under this id; undefined of an object that the authority cannot serve: its status says why. */
export function provisionerOfObject(
  object: Named<Provisioner>,
  id: string,
  claims: Claims,
): StoredProvisioner | undefined {
  const { name, creationTimestamp = '' } = object.metadata
  // Of a later version than this authority, whose pod is made anew.
  if (!Object.hasOwn(provisionerBlocks, object.spec.type)) return undefined
  const json = renderProvisioner(object)
  try {
    return readJson([json], `Provisioner ${name}`, (node) => {
      const [read] = readProvisioners(node, noFiles)
      if (read === undefined) return undefined
      const birth = { id, now: Date.parse(creationTimestamp) }
      const item = { ...node, value: json, path: `${node.path}[0]` }
      return storedProvisioner(read, item, { claims, readFile: noFiles }, birth)
    })
  } catch (error) {
    if (isSignetError(error, 'malformed')) return undefined
    throw error
  }
}

function noFiles(): string {
  throw badRequest('objects of a cluster name no files')
}

/**
 * The object of this provisioner, which is that of `old` changed where there is one. `malformed` with what stands in the
 * way: somebody else keeps the object, its name cannot be that of an object, or a member that objects have no field for.
 */
export function objectOfProvisioner(
  stored: StoredProvisioner,
  old: Named<Provisioner> | undefined,
  { authority, manager, claims }: { readonly authority: string; readonly manager: string; readonly claims: Claims },
): Named<Provisioner> {
  if (old !== undefined) checkKeeper(old, manager)
  const wanted = withoutEmpty(ownMembers(toCaJson(stored), claims)) as Readonly<Record<string, unknown>>
  const { type, name } = wanted as { readonly type: string; readonly name?: string }
  if (!Object.hasOwn(provisionerBlocks, type)) {
    throw badRequest(
      `provisioners of type ${type} are not kept in a cluster: of its objects there are ${provisionerTypes.join(', ')}`,
    )
  }
  if (type === 'K8sSA' && wanted['signet'] === undefined) throw badRequest(untold)
  const metadata = old?.metadata ?? { name: objectName(name ?? '') }
  if (metadata.name !== name) throw badRequest('in a cluster a provisioner keeps its name, which is that of its object')
  const spec = specOfCaJson(wanted, authority)
  const object: Named<Provisioner> = { apiVersion: signetApiVersion, kind: 'Provisioner', metadata, spec }
  const lost = unlike(wanted, withoutEmpty(renderProvisioner(object)))
  if (lost.length > 0) throw badRequest(`a Provisioner object of type ${type} cannot have this: ${lost.join(', ')}`)
  return object
}

const untold =
  'step has no word for which tokens a provisioner of type K8sSA takes in a cluster: make the Provisioner object by kubectl'

/** `malformed` if somebody else keeps this object. */
export function checkKeeper({ metadata }: Named<Provisioner>, manager: string): void {
  const keeper = otherKeeper(metadata, manager)
  if (keeper === undefined) return
  throw badRequest(`Provisioner ${metadata.name} is kept elsewhere (${keeper}): change it there`)
}

function objectName(name: string): string {
  if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) return name
  throw badRequest(
    `in a cluster the name of a provisioner is that of an object, lower-case letters, digits, "-" and ".": ${JSON.stringify(name)} is none`,
  )
}

/** Without the flags that would be inherited as they are, and SSH as a whole, which step asks for: messages always decide them. */
function ownMembers({ claims, ...rest }: Readonly<Record<string, unknown>>, inherited: Claims): object {
  const own = Object.entries(claims ?? {}).filter(
    ([name, value]) => name !== 'enableSSHCA' && value !== (inherited as Readonly<Record<string, unknown>>)[name],
  )
  return { ...rest, claims: Object.fromEntries(own) }
}
