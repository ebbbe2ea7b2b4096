import { toBase64, utf8Bytes } from '../../../src/core/bytes.ts'
import { noNames } from '../../../src/core/names/names.ts'
import type { CertificateContent } from '../../../src/core/x509/build.ts'
import { certificatesToPem, type Certificate } from '../../../src/core/x509/certificate.ts'
import { createName } from '../../../src/core/x509/name.ts'
import { anIntermediate, aRoot, pemOf, spkiOf, type TestLevel } from '../../builders/ca-material.ts'
import { sharedKey } from '../../builders/csr.ts'
import { hour, signedBy } from '../../builders/x509.ts'

/** When this file was loaded: whole seconds, so that certificates say it. Milliseconds. */
export const loadedAt = Math.floor(Date.now() / 1000) * 1000

/** A PKI of someone else, whose certificates an X5C provisioner takes for credentials. */
export const root = aRoot(loadedAt)
export const intermediate = anIntermediate(root, loadedAt)
/** The same names, other keys. */
export const impostor = aRoot(loadedAt)

/** The X5C provisioner that trusts it, as in ca.json. */
export const corp = { type: 'X5C', name: 'corp', roots: toBase64(utf8Bytes(pemOf(root))) }

/** A certificate for four hours from now on, for the shared key. */
export function credential(changes: Partial<CertificateContent> = {}, issuer: TestLevel = intermediate): Certificate {
  return signedBy(issuer.certificate, issuer.key, {
    serial: '77',
    subject: createName({ commonName: 'machine-1' }),
    names: { ...noNames, dns: ['machine-1.test'] },
    notBefore: loadedAt - hour,
    notAfter: loadedAt + 4 * hour,
    spki: spkiOf(sharedKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['clientAuth'],
    extensions: [],
    ...changes,
  })
}

/** As `step` reads them. */
export const credentialFiles = (leaf = credential()) => ({
  certificate: certificatesToPem(leaf, intermediate.certificate),
  key: sharedKey.export({ type: 'sec1', format: 'pem' }) as string,
})
