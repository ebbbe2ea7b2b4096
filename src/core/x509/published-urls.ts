import * as der from '../der/writer.ts'
import { uriName } from './crl.ts'
import type { Extension } from './extensions.ts'
import { accessMethodOids, encodeKnownOid, extensionOids } from './oids.ts'

/** Where those who verify a certificate find more: absolute URLs, perhaps none of a kind. */
export type PublishedUrls = {
  /** Responders that know whether it was revoked. */
  readonly ocsp: readonly string[]
  /** The certificate of its issuer, in DER. */
  readonly issuer: readonly string[]
  /** Revocation lists of its issuer. */
  readonly crl: readonly string[]
}

/** The extensions that say so, as Go writes them: none for kinds without URLs. */
export function urlExtensions({ ocsp, issuer, crl }: PublishedUrls): Extension[] {
  const accesses = [
    ...ocsp.map((url) => der.sequence(encodeKnownOid(accessMethodOids.ocsp), uriName(url))),
    ...issuer.map((url) => der.sequence(encodeKnownOid(accessMethodOids.issuer), uriName(url))),
  ]
  // RFC 5280 §4.2.1.13: a distribution point has one name, in two explicit tags.
  const points = crl.map((url) => der.sequence(der.contextStructure(0, der.contextStructure(0, uriName(url)))))
  return [
    ...(accesses.length === 0
      ? []
      : [{ oid: extensionOids.authorityInfoAccess, critical: false, value: der.sequence(...accesses) }]),
    ...(points.length === 0
      ? []
      : [{ oid: extensionOids.crlDistributionPoints, critical: false, value: der.sequence(...points) }]),
  ]
}

/** `extensions` and, before them, those of `more` that they do not have: what a template or an older certificate says stays. */
export function withMissing(extensions: readonly Extension[], more: readonly Extension[]): Extension[] {
  const given = new Set(extensions.map(({ oid }) => oid))
  return [...more.filter(({ oid }) => !given.has(oid)), ...extensions]
}
