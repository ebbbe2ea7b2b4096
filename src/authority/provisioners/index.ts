import { formatClaimSettings, readClaimSettings } from '../../core/claims.ts'
import { SignetError } from '../../core/errors.ts'
import { addFault, readList, readMembers, readWord, type JsonNode } from '../../core/json-reader.ts'
import { awsKind } from './aws.ts'
import { azureKind } from './azure.ts'
import { configuredKinds } from './configured.ts'
import { gcpKind } from './gcp.ts'
import { jwkKind } from './jwk.ts'
import { k8sSAKind } from './k8s-sa.ts'
import { oidcKind } from './oidc.ts'
import { readOptions } from './options.ts'
import type { Provisioner, ProvisionerKind, ReadFile } from './provisioner.ts'
import { tokenIdsOf } from './token-ids.ts'
import { x5cKind } from './x5c.ts'

/** Every kind of provisioner, in the order in which messages name them. */
const table: readonly ProvisionerKind[] = [
  jwkKind,
  oidcKind,
  x5cKind,
  k8sSAKind,
  awsKind,
  gcpKind,
  azureKind,
  ...configuredKinds,
]

/** By type in lower case: Go compares it in any case. */
const kinds: Readonly<Record<string, ProvisionerKind>> = Object.assign(
  Object.create(null) as Record<string, ProvisionerKind>,
  Object.fromEntries(table.map((kind) => [kind.type.toLowerCase(), kind])),
)

/** Without Intl, whose tables take 6 MiB of memory. */
const supported = table
  .map(({ type }) => type)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ')

/** Reads `authority.provisioners` of ca.json; no list is an empty one. Ids, token ids and names must each be unique. */
export function readProvisioners(node: JsonNode | undefined, readFile = noFiles): readonly Provisioner[] {
  if (node === undefined) return []
  const [names, tokenIds] = [new Set<string>(), new Set<string>()]
  return readList(node, (item) => {
    const provisioner = readProvisioner(item, readFile)
    if (provisioner === undefined) return undefined
    claim(item, 'name', [provisioner.name], names)
    claim(item, 'id', tokenIdsOf(provisioner), tokenIds)
    return provisioner
  }).filter((provisioner) => provisioner !== undefined)
}

/** A fault for each that somebody before has. */
function claim(item: JsonNode, what: string, values: readonly string[], taken: Set<string>): void {
  for (const value of values) {
    if (taken.has(value)) addFault(item, `has the ${what} "${value}" of another provisioner`)
    taken.add(value)
  }
}

/** For who has no files, such as the operator. */
const noFiles: ReadFile = () => {
  throw new SignetError('malformed', 'files are not read here')
}

/** One provisioner as in ca.json; undefined, and a fault, for a type that is not served. */
export function readProvisioner(node: JsonNode, readFile = noFiles): Provisioner | undefined {
  const members = readMembers(node, ['type', 'name', 'claims', 'options'], 'as Go')
  const typeNode = members.need('type')
  const kind = kinds[readWord(typeNode).toLowerCase()]
  const name = readWord(members.need('name'))
  const { options, listed } = readOptions(members.get('options'), readFile)
  const claimsNode = members.get('claims')
  const claims = claimsNode === undefined ? {} : readClaimSettings(claimsNode)
  if (kind === undefined) {
    if (typeof typeNode.value === 'string') addFault(typeNode, `is not supported: use ${supported}`)
    return undefined
  }
  const { type, typeNumber } = kind
  const lastMembers = {
    ...(claimsNode !== undefined && { claims: formatClaimSettings(claims) }),
    ...(listed !== undefined && { options: listed }),
  }
  return kind.parse(node, { type, typeNumber, name, claims, options, lastMembers }, readFile)
}
