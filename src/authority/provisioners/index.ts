import { formatClaimSettings, readClaimSettings } from '../../core/claims.ts'
import { addFault, readList, readMembers, readWord, type JsonNode } from '../../core/json-reader.ts'
import { jwkKind } from './jwk.ts'
import { k8sSAKind } from './k8s-sa.ts'
import type { Provisioner, ProvisionerKind } from './provisioner.ts'

/** Every kind of provisioner, by its type in lower case: Go compares it in any case. */
const kinds: Readonly<Record<string, ProvisionerKind>> = Object.assign(
  Object.create(null) as Record<string, ProvisionerKind>,
  Object.fromEntries([jwkKind, k8sSAKind].map((kind) => [kind.type.toLowerCase(), kind])),
)

/** Reads `authority.provisioners` of ca.json; no list is an empty one. Ids, token ids and names must each be unique. */
export function readProvisioners(node: JsonNode | undefined): readonly Provisioner[] {
  if (node === undefined) return []
  const seen = { name: new Set<string>(), tokenId: new Set<string>() }
  return readList(node, (item) => {
    const provisioner = readProvisioner(item)
    for (const field of ['name', 'tokenId'] as const) {
      const value = provisioner?.[field]
      if (value === undefined) continue
      if (seen[field].has(value)) addFault(item, `has the ${fieldLabels[field]} "${value}" of another provisioner`)
      seen[field].add(value)
    }
    return provisioner
  }).filter((provisioner) => provisioner !== undefined)
}

const fieldLabels = { name: 'name', tokenId: 'id' }

/** One provisioner as in ca.json; undefined, and a fault, for a type that is not served. */
export function readProvisioner(node: JsonNode): Provisioner | undefined {
  const members = readMembers(node, ['type', 'name', 'claims', 'options'], 'as Go')
  const typeNode = members.need('type')
  const kind = kinds[readWord(typeNode).toLowerCase()]
  const name = readWord(members.need('name'))
  const options = members.get('options')
  if (options !== undefined && setsAnything(options.value)) {
    addFault(options, 'is not supported: templates and webhooks of provisioners are not served')
  }
  const claimsNode = members.get('claims')
  const claims = claimsNode === undefined ? {} : readClaimSettings(claimsNode)
  if (kind === undefined) {
    if (typeof typeNode.value === 'string') addFault(typeNode, 'is not supported: use JWK or K8sSA')
    return undefined
  }
  const { type, typeNumber } = kind
  const lastMembers = {
    ...(claimsNode !== undefined && { claims: formatClaimSettings(claims) }),
    ...(options !== undefined && { options: listedOptions(options.value) }),
  }
  return kind.parse(node, { type, typeNumber, name, claims, lastMembers })
}

/** What Go writes back of options that set nothing. */
function listedOptions(value: unknown): object {
  const given = new Set(Object.keys(value ?? {}).map((name) => name.toLowerCase()))
  return Object.fromEntries(['x509', 'ssh'].filter((name) => given.has(name)).map((name) => [name, {}]))
}

/** step's CLI writes `"options":{"x509":{},"ssh":{}}` into every provisioner that it makes. */
function setsAnything(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).some((part: unknown) => setsAnything(part))
}
