import { randomUUID } from 'node:crypto'
import { toBase64 } from '../../src/core/bytes.ts'
import { noNames } from '../../src/core/names/names.ts'
import { createName } from '../../src/core/x509/name.ts'
import { anIntermediate, aRoot, pemOf, spkiOf } from './ca-material.ts'
import { sharedKey } from './csr.ts'
import { aToken } from './tokens.ts'
import { signedBy } from './x509.ts'

const hour = 3_600_000

/** A PKI of its own, good from an hour before `now` (milliseconds), and tokens by a machine that has a certificate of it. */
export function anX5cCredential(now: number) {
  const root = aRoot(now)
  const intermediate = anIntermediate(root, now)
  const machine = signedBy(intermediate.certificate, intermediate.key, {
    serial: '77',
    subject: createName({ commonName: 'machine-1' }),
    names: { ...noNames, dns: ['machine-1.example.com'] },
    notBefore: now - hour,
    notAfter: now + 8 * hour,
    spki: spkiOf(sharedKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['clientAuth'],
    extensions: [],
  })
  const x5c = [machine, intermediate.certificate].map(({ der }) => toBase64(der))
  return {
    /** PEM. */
    roots: pemOf(root),
    /** For that provisioner and audience, made now. */
    token(provisioner: string, audience: string, sub: string, sans: readonly string[] = [sub]): string {
      const iat = Math.floor(Date.now() / 1000)
      const times = { iat, nbf: iat, exp: iat + 300 }
      return aToken({ iss: provisioner, aud: audience, sub, sans, jti: randomUUID(), ...times }, sharedKey, { x5c })
    },
  }
}
