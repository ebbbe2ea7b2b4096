import { readFlag, readList, readParsed, readText, addFault, type Members } from '../../core/json-reader.ts'
import { parseDuration } from '../../core/duration.ts'
import { sha256Hex, utf8Bytes } from '../../core/bytes.ts'
import { noNames } from '../../core/names/names.ts'
import { typeNames } from '../../core/names/parse.ts'
import { commonNameOf } from '../../core/x509/name.ts'
import type { SignX509Request, X509Grant } from '../grant.ts'
import type { CredentialUse } from '../ports.ts'
import { never } from './token-use.ts'
import type { AuthorizeWorld } from './provisioner.ts'
import { leafGrant } from './leaf-grant.ts'
import { refuseToken } from './step-token.ts'

/** What the provisioners of clouds have in common: the cloud says which of its instances somebody is. */

/** An instance that its cloud vouches for. */
export type Instance = {
  /** Unique in the cloud; written into the record of the certificate. */
  readonly id: string
  /** What the cloud calls it: the common name in templates. */
  readonly name: string
  /** Names that the cloud gives it, the only ones with `disableCustomSANs`. */
  readonly names: readonly string[]
  /** Common names that the CSR may have; undefined: any. */
  readonly commonNames: readonly string[] | undefined
  readonly use: CredentialUse | undefined
  readonly extension?: NonNullable<X509Grant['extension']>
  /** What webhooks are told of it; undefined: `id`. */
  readonly principal?: string
}

/**
 * What an instance may have: the names of its CSR, which nothing but trust on first use speaks for, or with
 * `disableCustomSANs` those that the cloud gives it. `malformed` for one of those that no certificate can carry.
 */
export function grantForInstance(
  { id, name: called, names: known, commonNames, use, extension, principal = id }: Instance,
  { name, disableCustomSANs }: { readonly name: string; readonly disableCustomSANs: boolean },
  request: SignX509Request,
): X509Grant {
  const { csr } = request
  const names = disableCustomSANs ? typeNames(known) : csr.names
  return {
    ...leafGrant(request),
    issuedTo: { kind: 'token', subject: id },
    use,
    csr: {
      match: disableCustomSANs ? 'subset' : 'any',
      commonNames,
      names,
      subject: undefined,
      isCA: true,
      keyAlgorithm: undefined,
      owner: `instance ${id} of provisioner "${name}"`,
    },
    // As step's template for instances: of the subject only the common name.
    subject: { commonName: commonNameOf(csr.subject) },
    names,
    proven: { subject: { commonName: called }, names: disableCustomSANs ? names : noNames },
    ...(extension && { extension }),
    principal: { name: principal },
  }
}

/** Trust on first use: one certificate for what step calls by this text, ever. */
export function firstUse(text: string): CredentialUse {
  return { kind: 'once', id: sha256Hex(utf8Bytes(text)), expiresAt: never }
}

/** Clouds publish their keys on the public web. */
export function publicWorld(world: AuthorizeWorld): Pick<AuthorizeWorld, 'fetchJson' | 'now'> {
  return { fetchJson: (url) => world.fetchPublicJson(url), now: world.now }
}

/** Refuses an instance that is older than `instanceAge` (milliseconds; 0: of any age) or does not say when it began. */
export function checkAge(began: number | undefined, instanceAge: number, now: number, field: string): void {
  if (instanceAge === 0 || (began !== undefined && now - began <= instanceAge)) return
  throw refuseToken(`the instance is too old (${field})`, 'InstanceTooOld')
}

/** Requires one of `allowed`, if there are any. */
export function checkListed(value: string, allowed: readonly string[] | null, what: string): void {
  if (allowed === null || allowed.length === 0 || allowed.includes(value)) return
  throw refuseToken(`the ${what} ${JSON.stringify(value)} is not one that the provisioner lists`, 'InstanceNotAllowed')
}

/** A list of texts; null where there is none, as Go lists it. */
export function textsOf(members: Members, name: string): readonly string[] | null {
  const node = members.get(name)
  return node === undefined ? null : readList(node, readText)
}

export function flagOf(members: Members, name: string): boolean {
  const node = members.get(name)
  return node !== undefined && readFlag(node)
}

/** `instanceAge` in milliseconds; 0 where there is none. */
export function instanceAgeOf(members: Members): number {
  const node = members.get('instanceAge')
  if (node === undefined) return 0
  const age = readParsed(node, parseDuration, 0)
  if (age < 0) addFault(node, 'must not be negative')
  return age
}
