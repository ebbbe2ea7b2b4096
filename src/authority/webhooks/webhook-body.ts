import { toBase64 } from '../../core/bytes.ts'
import { goJson } from '../../core/go-json.ts'
import { formatInstant } from '../../core/instant.ts'
import { echoCertificate, echoName } from '../../core/templates/echo-certificate.ts'
import type { Json } from '../../core/templates/template.ts'
import type { Certificate } from '../../core/x509/certificate.ts'
import type { CertificateRequest } from '../../core/x509/csr.ts'
import { isEmptyName, subjectFieldsOf } from '../../core/x509/name.ts'
import { extensionOids } from '../../core/x509/oids.ts'
import { keyAlgorithmOf } from '../../core/x509/public-key.ts'
import { extKeyUsageOids, keyUsages } from '../../core/x509/usages.ts'

/** What hooks are told of who asks, where the kind of provisioner has it. */
export type WebhookPrincipal = {
  /** Whose key signed the token (X5C). */
  readonly certificate?: Certificate
  /** Its common name, or the id of the instance in its cloud. */
  readonly name: string
}

/** A certificate before it is signed. */
export type UnsignedCertificate = {
  /** What the template gave. */
  readonly json: Json
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** What a hook is asked about. */
export type WebhookSubject = { readonly x509CertificateRequest: object } | { readonly x509Certificate: object }

/**
 * The body that step-ca sends to a hook (webhook/types.go), member by member in its order. Never the token: with it a hook
 * could ask for certificates itself.
 */
export function webhookBody(subject: WebhookSubject, principal: WebhookPrincipal | undefined, now: number): string {
  const { certificate, name } = principal ?? {}
  return goJson({
    timestamp: new Date(now).toISOString(),
    ...subject,
    ...(certificate && { x5cCertificate: signerOf(certificate) }),
    ...(name && { authorizationPrincipal: name }),
  })
}

/** What enriching hooks are asked about: the request as it came, its own signature verified. */
export function requestSubject(csr: CertificateRequest): WebhookSubject {
  const { names, extensions, keyUsage, extKeyUsage } = csr
  const basic = extensions.some(({ oid }) => oid === extensionOids.basicConstraints)
  const known = extKeyUsage.filter((usage) => Object.hasOwn(extKeyUsageOids, usage))
  return {
    x509CertificateRequest: {
      version: 0,
      subject: echoName(subjectFieldsOf(csr.subject)),
      rawSubject: toBase64(csr.subject.der),
      dnsNames: orNull(names.dns),
      emailAddresses: orNull(names.emails),
      ipAddresses: orNull(names.ips),
      uris: orNull(names.uris),
      sans: null,
      extensions: orNull(
        extensions.map(({ oid, critical, value }) => ({
          id: oid,
          // As it has to be for a certificate (RFC 5280 §4.2.1.6).
          critical: critical || (oid === extensionOids.subjectAltName && isEmptyName(csr.subject)),
          value: toBase64(value),
        })),
      ),
      keyUsage: orNull(keyUsages.filter((usage) => keyUsage.includes(usage))),
      extKeyUsage: known,
      unknownExtKeyUsage: orNull(extKeyUsage.filter((usage) => !known.includes(usage))),
      basicConstraints: basic ? { isCA: csr.isCA, maxPathLen: csr.pathLength ?? -1 } : null,
      signatureAlgorithm: '',
      ...keyMembers(csr.spki),
      raw: toBase64(csr.der),
    },
  }
}

/** What authorizing hooks are asked about: the certificate as the template made it. */
export function certificateSubject({ json, spki, notBefore, notAfter }: UnsignedCertificate): WebhookSubject {
  const times = { notBefore: formatInstant(notBefore), notAfter: formatInstant(notAfter) }
  return { x509Certificate: { ...echoCertificate(json), ...keyMembers(spki), ...times, raw: null } }
}

function signerOf({ der, spki, notBefore, notAfter }: Certificate) {
  const times = { notBefore: formatInstant(notBefore), notAfter: formatInstant(notAfter) }
  return { raw: toBase64(der), ...keyMembers(spki), ...times }
}

function keyMembers(spki: Uint8Array) {
  const algorithm = keyAlgorithmOf(spki)
  // Go's names, where it has one: to a hook that allows Ed25519 an ML-DSA key must not look like one.
  const name = algorithm.startsWith('RSA-') ? 'RSA' : algorithm.startsWith('EC-') ? 'ECDSA' : algorithm
  return { publicKey: toBase64(spki), publicKeyAlgorithm: name }
}

/** Go writes lists that nobody has put anything into as null. */
function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list
}
