import type { Claims } from '../../core/claims.ts'
import { formatInstant } from '../../core/instant.ts'
import { readJson, type JsonNode } from '../../core/json-reader.ts'
import { readProvisioners } from '../provisioners/index.ts'
import type { Provisioner, ReadFile } from '../provisioners/provisioner.ts'
import { toLinked } from './convert.ts'
import { provisionerMessage } from './messages.ts'
import { authorityId, zeroTime, type Birth } from './provisioners.ts'
import { emptyState, type AdminState, type StoredProvisioner } from './state.ts'

/** Of step-ca, which does not ask for another. */
const firstSubject = 'step'
/** step-ca's name of the provisioner that it makes where there is none for the first admin. */
const firstName = 'Admin JWK'

export type FirstStateOptions = {
  /** `authority.provisioners` of ca.json. */
  readonly provisioners: unknown
  /** `authority.claims`. */
  readonly claims: Claims
  readonly readFile: ReadFile
  readonly now: number
  readonly newId: () => string
  /** Makes the key of a JWK provisioner, under a password that whoever runs the authority knows. */
  readonly makeKey: () => Promise<{ readonly key: unknown; readonly encryptedKey: string }>
}

/**
 * What the admin API begins with, as in step-ca: the provisioners of ca.json, and the super admin `step` of the first that
 * is a JWK, or of a new one. `malformed` with all faults of the provisioners.
 */
export async function firstState(options: FirstStateOptions): Promise<AdminState> {
  const { now, newId } = options
  const migrated = migrate(options)
  const jwk = migrated.find(({ linked }) => linked.type === 'JWK')
  const made = jwk === undefined ? await makeFirst(options) : undefined
  const first = jwk ?? made
  const provisioners = made === undefined ? migrated : [...migrated, made]
  const admin = { id: newId(), subject: firstSubject, provisionerId: first?.id ?? '', createdAt: now }
  return { ...emptyState, provisioners, admins: [{ ...admin, type: 'SUPER_ADMIN' }] }
}

function migrate({ provisioners, claims, readFile, now, newId }: FirstStateOptions): readonly StoredProvisioner[] {
  return readJson(provisioners ?? [], 'authority.provisioners', (node) => {
    const read = readProvisioners(node, readFile)
    const items = Array.isArray(node.value) ? (node.value as readonly unknown[]) : []
    // With a fault, neither list fits the other, and nothing comes of it.
    if (node.faults.length > 0 || read.length !== items.length) return []
    return read.map((provisioner, index) => {
      const item: JsonNode = { ...node, value: items[index], path: `${node.path}[${index}]` }
      return storedProvisioner(provisioner, item, { claims, readFile }, { id: newId(), now })
    })
  })
}

/** A provisioner of ca.json, which was read from `node`, as the admin API keeps it. */
export function storedProvisioner(
  provisioner: Provisioner,
  node: JsonNode,
  { claims, readFile }: Pick<FirstStateOptions, 'claims' | 'readFile'>,
  { id, now }: Birth,
): StoredProvisioner {
  const { linked, beside } = toLinked(node, provisioner, claims, readFile)
  const born = { ...linked, id, authorityId, createdAt: formatInstant(now), deletedAt: zeroTime }
  return { id, recordId: provisioner.id, linked: provisionerMessage({ ...node, value: born }) ?? born, beside }
}

/** Its certificates live for 5 minutes, as step-ca's, which is as long as an admin needs one. */
async function makeFirst({ claims, readFile, now, newId, makeKey }: FirstStateOptions): Promise<StoredProvisioner> {
  const item = { type: 'JWK', name: firstName, ...(await makeKey()), claims: { defaultTLSCertDuration: '5m' } }
  return readJson([item], 'authority.provisioners', (node) => {
    const [provisioner] = readProvisioners(node)
    if (provisioner === undefined) throw new Error('a new provisioner has a fault')
    const id = newId()
    const made = storedProvisioner(provisioner, { ...node, value: item }, { claims, readFile }, { id, now })
    return { ...made, recordId: id }
  })
}
