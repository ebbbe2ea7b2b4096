import type { ProvisionerEntry } from '../../client/ca-client.ts'
import { SignetError } from '../../core/errors.ts'
import { isObject } from '../../core/json-reader.ts'
import { printSelected, type CliIo } from '../io.ts'
import { select } from '../prompt.ts'
import { invalidFlag } from '../usage-errors.ts'

export type Wish = { readonly provisioner: string | undefined; readonly kid?: string | undefined }

/** The provisioner that the flags mean; of several a person chooses. `malformed` if there is none. */
export async function chooseProvisioner(
  io: CliIo,
  all: readonly ProvisionerEntry[],
  { provisioner, kid }: Wish,
): Promise<ProvisionerEntry> {
  if (all.length === 0) {
    const message = 'cannot create a new token: the CA does not have any provisioner configured'
    throw new SignetError('malformed', message)
  }
  const keyed = kid === undefined ? all : all.filter((each) => keyIdOf(each) === kid)
  if (kid !== undefined && keyed.length === 0) throw invalidFlag('kid', kid)
  const found = provisioner === undefined ? keyed : keyed.filter(({ name }) => name === provisioner)
  if (provisioner !== undefined && found.length === 0) throw invalidFlag('provisioner', provisioner)
  const [first, second] = found
  if (first !== undefined && second === undefined) {
    printSelected(io, 'Provisioner', labelOf(first))
    return first
  }
  const chosen = await select(io, {
    label: 'What provisioner key do you want to use?',
    name: 'Provisioner',
    flag: 'provisioner',
    items: found.map((entry) => ({ name: labelOf(entry), entry })),
  })
  return chosen.entry
}

/** Id of a JWK provisioner's key, or the client of an OIDC provisioner; empty for others. */
export function keyIdOf({ key, clientID }: ProvisionerEntry): string {
  const id = isObject(key) ? key['kid'] : clientID
  return typeof id === 'string' ? id : ''
}

/** What tells provisioners of a type apart, and how it is called. */
const details: Readonly<Record<string, readonly [string, (entry: ProvisionerEntry) => unknown]>> = {
  JWK: ['kid', keyIdOf],
  OIDC: ['client', keyIdOf],
  AZURE: ['tenant', ({ tenantID }) => tenantID],
}

function labelOf(entry: ProvisionerEntry): string {
  const detail = details[entry.type.toUpperCase()]
  const start = `${entry.name} (${entry.type})`
  return detail === undefined ? start : `${start} [${detail[0]}: ${String(detail[1](entry))}]`
}
