import { createHash } from 'node:crypto'
import { sha256Hex } from '../core/bytes.ts'
import { encodePem } from '../core/pem.ts'
import { encodeGoJson } from '../core/go-json.ts'

/** A provisioner as it is listed. */
export type PublishedProvisioner = {
  /** Decides the order of the list, as in step-ca: `name:kid` for a JWK. */
  readonly id: string
  /** As in ca.json, members in step's order, without secrets. */
  readonly json: Readonly<Record<string, unknown>>
  /** For a JWK provisioner whose key may be fetched. */
  readonly encryptedKey?: { readonly kid: string; readonly jwe: string }
}

/** What anybody may read, of one configuration. */
export type Published = {
  readonly version: string
  /** DER, in the order of ca.json. */
  readonly roots: readonly Uint8Array[]
  readonly federatedRoots: readonly Uint8Array[]
  readonly intermediates: readonly Uint8Array[]
  readonly provisioners: readonly PublishedProvisioner[]
}

/** The bodies of all answers that depend on the configuration alone, made once for each. */
export type PublishedAnswers = {
  readonly version: string
  readonly roots: string
  readonly rootsPem: string
  readonly federation: string
  readonly intermediates: string
  readonly intermediatesPem: string
  /** Body of /root/{sha} by lower-case hex SHA-256. */
  readonly rootBySha256: ReadonlyMap<string, string>
  readonly encryptedKeyByKid: ReadonlyMap<string, string>
  /** Ordered by uid. */
  readonly provisioners: readonly ListedProvisioner[]
}

export type ListedProvisioner = { readonly uid: string; readonly json: Readonly<Record<string, unknown>> }

const pemOf = (der: Uint8Array): string => encodePem('CERTIFICATE', der)
const listOf = (certificates: readonly Uint8Array[]): string => encodeGoJson({ crts: certificates.map(pemOf) })

export function prepareAnswers(published: Published): PublishedAnswers {
  const { roots, intermediates, provisioners } = published
  const known = [...new Map([...roots, ...published.federatedRoots].map((der) => [sha256Hex(der), der]))]
  return {
    version: encodeGoJson({ version: published.version }),
    roots: listOf(roots),
    rootsPem: roots.map(pemOf).join(''),
    federation: listOf(known.map(([, der]) => der)),
    intermediates: listOf(intermediates),
    intermediatesPem: intermediates.map(pemOf).join(''),
    rootBySha256: new Map(known.map(([sum, der]) => [sum, encodeGoJson({ ca: pemOf(der) })])),
    encryptedKeyByKid: new Map(
      provisioners.flatMap(({ encryptedKey }) =>
        encryptedKey === undefined ? [] : [[encryptedKey.kid, encodeGoJson({ key: encryptedKey.jwe })] as const],
      ),
    ),
    provisioners: provisioners
      .map(({ id, json }, index) => ({ uid: uidOf(id, index), json }))
      .toSorted((a, b) => (a.uid < b.uid ? -1 : 1)),
  }
}

/** step-ca's cursor (provisioner/collection.go): place in the file, then the end of a hash of the id, 40 hex digits. */
function uidOf(id: string, index: number): string {
  return index.toString(16).padStart(8, '0') + createHash('sha1').update(id).digest('hex').slice(-32)
}
