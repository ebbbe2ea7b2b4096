import type { KeyObject } from 'node:crypto'
import { noNames } from '../core/names/names.ts'
import { nullValue } from '../core/der/writer.ts'
import { wholeSeconds } from '../core/instant.ts'
import type { Random } from '../core/clock.ts'
import type { Certificate } from '../core/x509/certificate.ts'
import { createName } from '../core/x509/name.ts'
import { ocspOids } from '../core/x509/oids.ts'
import { generateKeyPair } from '../core/x509/private-key.ts'
import { subjectKeyIdOf } from '../core/x509/public-key.ts'
import { randomSerial } from '../core/x509/serial.ts'
import { signatureAlgorithmFor } from '../core/x509/signature.ts'
import type { Snapshot } from './config.ts'
import { issueX509, type IssuedX509, type IssuePorts } from './issue-x509.ts'

/** Who signs OCSP answers in the name of an issuer (RFC 6960 §4.2.2.2): the issuer's own key signs certificates only. */
export type OcspSigner = IssuedX509 & {
  /** Lives in memory only and is made anew for each certificate. */
  readonly privateKey: KeyObject
  readonly algorithm: string
  readonly keyHash: Uint8Array
  /** That it signs for. */
  readonly issuer: Certificate
  /** Milliseconds since the epoch from which on there should be another. */
  readonly renewAt: number
}

/** A day: clients do not ask whether it was revoked itself (RFC 6960 §4.2.2.2.1), so it shall not live long. */
const life = 24 * 3_600_000
const keyAlgorithm = 'EC-P256'

/** A new signer for the issuer of this configuration, recorded like every other certificate. */
export async function issueOcspSigner(
  snapshot: Snapshot,
  ports: IssuePorts & { readonly random: Random },
): Promise<OcspSigner> {
  const { publicKey, privateKey } = await generateKeyPair(keyAlgorithm)
  const { commonName, backdate, issuer } = snapshot.config
  const now = ports.clock.now()
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const notAfter = Math.min(wholeSeconds(now + life), wholeSeconds(issuer.chain[0].notAfter))
  const content = {
    serial: randomSerial(ports.random),
    subject: createName({ commonName: `${commonName} OCSP` }),
    names: noNames,
    notBefore: wholeSeconds(now - backdate),
    notAfter,
    spki,
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['ocspSigning'],
    extensions: [{ oid: ocspOids.noCheck, critical: false, value: nullValue }],
  } as const
  const reason = {
    provisioner: { id: '', name: '', type: '' },
    issuedTo: { kind: 'authority' },
    rule: 'authority',
  } as const
  const issued = await issueX509({ content, reason, use: undefined }, snapshot, ports)
  return {
    ...issued,
    privateKey,
    algorithm: signatureAlgorithmFor(privateKey),
    keyHash: subjectKeyIdOf(spki),
    issuer: issuer.chain[0],
    renewAt: now + ((notAfter - now) * 2) / 3,
  }
}
