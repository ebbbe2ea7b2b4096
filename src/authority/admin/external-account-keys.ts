import { badRequest, exists, notFound } from './refuse.ts'
import type { AdminState, ExternalAccountKey, StoredProvisioner } from './state.ts'

/** step-ca's limit of a reference, in octets. */
const maximumReference = 256
/** They are kept in memory; each takes some 300 octets. */
const maximumKeys = 10_000

/** Adds a key of an ACME provisioner; a reference is used once, if there is one. */
export function addExternalAccountKey(
  state: AdminState,
  provisioner: StoredProvisioner,
  reference: string,
  birth: Pick<ExternalAccountKey, 'id' | 'hmacKey' | 'createdAt'>,
): { readonly state: AdminState; readonly key: ExternalAccountKey } {
  const length = Buffer.byteLength(reference)
  if (length > maximumReference) {
    throw badRequest(`reference length ${length} exceeds the maximum (${maximumReference})`)
  }
  const { name } = requireBinding(provisioner)
  if (reference !== '' && externalAccountKeysOf(state, provisioner, reference).length > 0) {
    throw exists(`an ACME EAB key for provisioner '${name}' with reference '${reference}' already exists`)
  }
  if (state.externalAccountKeys.length >= maximumKeys) {
    throw badRequest(`there are ${maximumKeys} ACME EAB keys already: remove those that nobody needs`)
  }
  const key = { ...birth, provisionerId: provisioner.id, reference }
  return { state: { ...state, externalAccountKeys: [...state.externalAccountKeys, key] }, key }
}

/** The keys of a provisioner, or the one of this reference. */
export function externalAccountKeysOf(
  { externalAccountKeys }: AdminState,
  provisioner: StoredProvisioner,
  reference: string | undefined,
): readonly ExternalAccountKey[] {
  requireBinding(provisioner)
  return externalAccountKeys.filter(
    (key) => key.provisionerId === provisioner.id && (reference === undefined || key.reference === reference),
  )
}

/** Removes the key of this id, which is this provisioner's; `not-found` in step-ca's words. */
export function removeExternalAccountKey(state: AdminState, provisioner: StoredProvisioner, id: string): AdminState {
  const key = externalAccountKeysOf(state, provisioner, undefined).find((each) => each.id === id)
  if (key === undefined) throw notFound('ACME External Account Key not found')
  return { ...state, externalAccountKeys: state.externalAccountKeys.filter((each) => each !== key) }
}

/** Only an ACME provisioner that requires external account binding has keys for it. */
function requireBinding({ linked }: StoredProvisioner): { readonly name: string } {
  const { name = '', details } = linked
  if (details?.ACME === undefined) throw badRequest(`error getting ACME details for provisioner '${name}'`)
  if (details.ACME.requireEab !== true) throw badRequest(`ACME EAB not enabled for provisioner '${name}'`)
  return { name }
}
