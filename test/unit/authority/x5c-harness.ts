import { randomUUID } from 'node:crypto'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { toBase64, utf8Bytes } from '../../../src/core/bytes.ts'
import { noNames } from '../../../src/core/names/names.ts'
import type { CertificateContent } from '../../../src/core/x509/build.ts'
import type { Certificate } from '../../../src/core/x509/certificate.ts'
import { createName } from '../../../src/core/x509/name.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { anIntermediate, aRoot, pemOf, spkiOf, type TestLevel } from '../../builders/ca-material.ts'
import { aCsr, sharedKey } from '../../builders/csr.ts'
import { aToken } from '../../builders/tokens.ts'
import { signedBy } from '../../builders/x509.ts'

/** Seconds since the epoch at which the test authority's clock stands. */
export const seconds = noon / 1000
const hour = 3_600_000

export const root = aRoot(noon)
export const intermediate = anIntermediate(root, noon)
/** The key of every credential here. */
export const credentialKey = sharedKey

/** A certificate for eight hours around noon, good for signing tokens unless changes say otherwise. */
export function credential(changes: Partial<CertificateContent> = {}, issuer: TestLevel = intermediate): Certificate {
  return signedBy(issuer.certificate, issuer.key, {
    serial: '77',
    subject: createName({ commonName: 'machine-1' }),
    names: { ...noNames, dns: ['machine-1.example.com'] },
    notBefore: noon - 4 * hour,
    notAfter: noon + 4 * hour,
    spki: spkiOf(credentialKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['clientAuth'],
    extensions: [],
    ...changes,
  })
}

export const chainOf = (...certificates: readonly Pick<Certificate, 'der'>[]): string[] =>
  certificates.map(({ der }) => toBase64(der))

/** The provisioner of these tests, as in ca.json. */
export const corp = { type: 'X5C', name: 'corp', roots: toBase64(utf8Bytes(pemOf(root))) }

/** Claims of a token that is right, with some changed; undefined leaves one out. */
export const claims = (changes: object = {}): object => ({
  iss: 'corp',
  aud: 'https://ca.example.com/1.0/sign#x5c/corp',
  sub: 'web.example.com',
  sans: ['web.example.com', '10.0.0.1'],
  iat: seconds,
  nbf: seconds,
  exp: seconds + 300,
  jti: randomUUID(),
  ...changes,
})

export function token(changes: object = {}, header: object = {}): string {
  const x5c = chainOf(credential(), intermediate.certificate)
  return aToken(claims(changes), credentialKey, { x5c, ...header })
}

export function request(changes: Partial<SignX509Request> = {}): SignX509Request {
  return { csr: aCsr(), token: token(), ...changes }
}

export const anAuthorityWithCorp = (): TestAuthority => anAuthority(aConfig({ provisioners: someProvisioners(corp) }))
