import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Issuer } from '../../authority/ports.ts'
import { utf8Bytes } from '../../core/bytes.ts'
import { SignetError } from '../../core/errors.ts'
import type { Certificate } from '../../core/x509/certificate.ts'
import { signatureAlgorithmFor, signData, verifyData } from '../../core/x509/signature.ts'

/** An issuer whose key this process holds. */
export type KeyIssuer = Issuer & {
  /** Signs a text that is no certificate and verifies it with the certificate's key; `internal` if that fails. */
  probe(): void
}

/** Never the beginning of a DER structure. */
const probeText = utf8Bytes('signet signs to see whether its key works')

/** Signs with `key`; `malformed` if it is not the key of the first certificate of `chain`, or that is not a CA's. */
export function createKeyIssuer(chain: readonly [Certificate, ...Certificate[]], key: KeyObject): KeyIssuer {
  const [certificate] = chain
  const publicKey = certificate.publicKey()
  if (!publicKey.equals(createPublicKey(key))) {
    throw new SignetError('malformed', 'this is not the private key of the certificate in crt')
  }
  if (!certificate.isCA) throw new SignetError('malformed', 'the certificate in crt is not one of a CA')
  const algorithm = signatureAlgorithmFor(key, certificate.signatureAlgorithm)
  return {
    chain,
    sign(prepared) {
      const { tbs, algorithm } = prepared.spend()
      return Promise.resolve(signData(algorithm, key, tbs))
    },
    probe() {
      if (verifyData(algorithm, publicKey, probeText, signData(algorithm, key, probeText))) return
      throw new SignetError('internal', 'a signature by the issuing key does not verify')
    },
  }
}
