import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { typeNames } from '../../src/core/names/parse.ts'
import { noNames, type Names } from '../../src/core/names/names.ts'
import { createCertificateRequest, parseCertificateRequest, type CertificateRequest } from '../../src/core/x509/csr.ts'
import { createName, type SubjectFields } from '../../src/core/x509/name.ts'

export type CsrOptions = {
  /** Typed by step's rules. */
  readonly sans?: readonly string[]
  readonly names?: Names
  readonly subject?: SubjectFields
  readonly privateKey?: KeyObject
  readonly isCA?: boolean
}

/** A private key on P-256, made once per file. */
export const sharedKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** A parsed CSR, correctly signed; without options it asks for nothing. */
export function aCsr(options: CsrOptions = {}): CertificateRequest {
  const { sans, names, subject = {}, privateKey = sharedKey, isCA } = options
  const der = createCertificateRequest({
    subject: createName(subject),
    names: names ?? (sans === undefined ? noNames : typeNames(sans)),
    privateKey,
    ...(isCA !== undefined && { basicConstraints: { isCA } }),
  })
  return parseCertificateRequest(der)
}
