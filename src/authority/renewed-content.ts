import { wholeSeconds } from '../core/instant.ts'
import type { CertificateContent } from '../core/x509/build.ts'
import type { Certificate } from '../core/x509/certificate.ts'
import { extensionOids } from '../core/x509/oids.ts'
import { withMissing } from '../core/x509/published-urls.ts'
import type { Snapshot } from './config.ts'

/**
 * What a certificate says when it begins again at `now` (milliseconds), for its own key or another (DER
 * SubjectPublicKeyInfo): the same for the same time, but never beyond its issuer. Key identifiers follow from the keys.
 */
export function renewedContent(
  old: Certificate,
  newKey: Uint8Array | undefined,
  serial: string,
  { config, urlExtensions }: Snapshot,
  now: number,
): CertificateContent {
  const notBefore = wholeSeconds(now - config.backdate)
  const notAfter = Math.min(notBefore + (old.notAfter - old.notBefore), wholeSeconds(config.issuer.chain[0].notAfter))
  const ofKeys = new Set<string>([
    extensionOids.authorityKeyId,
    ...(newKey === undefined ? [] : [extensionOids.subjectKeyId]),
  ])
  return {
    serial,
    subject: old.subject,
    names: old.names,
    notBefore,
    notAfter,
    spki: newKey ?? old.spki,
    keyUsage: old.keyUsage,
    extKeyUsage: old.extKeyUsage,
    extensions: withMissing(
      old.extensions.filter(({ oid }) => !ofKeys.has(oid)),
      urlExtensions,
    ),
  }
}
