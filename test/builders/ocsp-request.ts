import { hash } from 'node:crypto'
import * as der from '../../src/core/der/writer.ts'
import type { Certificate } from '../../src/core/x509/certificate.ts'
import { encodeExtensions } from '../../src/core/x509/extensions.ts'
import { ocspOids } from '../../src/core/x509/oids.ts'
import { keyOctetsOf } from '../../src/core/x509/public-key.ts'

const hashOids = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' }

export type OcspQuestion = {
  readonly issuer: Pick<Certificate, 'subject' | 'spki'>
  /** Decimal. */
  readonly serials: readonly string[]
  readonly hash?: keyof typeof hashOids
  readonly nonce?: Uint8Array
}

/** An OCSPRequest (RFC 6960 §4.1.1). */
export function anOcspRequest({ issuer, serials, hash: name = 'sha1', nonce }: OcspQuestion): Uint8Array {
  const hashed = (bytes: Uint8Array) => der.octetString(hash(name, bytes, 'buffer'))
  const algorithm = der.sequence(der.oid(hashOids[name]), der.nullValue)
  const list = serials.map((serial) =>
    der.sequence(
      der.sequence(
        algorithm,
        hashed(issuer.subject.der),
        hashed(keyOctetsOf(issuer.spki)),
        der.integer(BigInt(serial)),
      ),
    ),
  )
  const extension = nonce && { oid: ocspOids.nonce, critical: false, value: der.octetString(nonce) }
  return der.sequence(
    der.sequence(der.sequence(...list), ...(extension ? [der.contextStructure(2, encodeExtensions([extension]))] : [])),
  )
}
