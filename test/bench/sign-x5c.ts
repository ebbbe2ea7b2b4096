import { toBase64, utf8Bytes } from '../../src/core/bytes.ts'
import { noNames } from '../../src/core/names/names.ts'
import { createName } from '../../src/core/x509/name.ts'
import { anIntermediate, aRoot, pemOf, spkiOf } from '../builders/ca-material.ts'
import { sharedKey } from '../builders/csr.ts'
import { hour, signedBy } from '../builders/x509.ts'
import type { Bench } from './bench.ts'
import { besideStepCa, count, howMuch } from './support/beside-step-ca.ts'

const name = 'corp'

/** POST /sign with a token that a certificate vouches for, its issuer beside it, as a company's machines have it. */
export const bench: Bench = {
  title: `${count} × POST /sign with an X5C token of an EC P-256 key and two certificates, ${howMuch}`,
  run() {
    const now = Math.floor(Date.now() / 1000) * 1000
    const root = aRoot(now)
    const intermediate = anIntermediate(root, now)
    const credential = signedBy(intermediate.certificate, intermediate.key, {
      serial: '77',
      subject: createName({ commonName: 'machine' }),
      names: { ...noNames, dns: ['machine.test'] },
      notBefore: now - hour,
      // What is issued ends no later; the default life is a day.
      notAfter: now + 48 * hour,
      spki: spkiOf(sharedKey),
      keyUsage: ['digitalSignature'],
      extKeyUsage: ['clientAuth'],
      extensions: [],
    })
    return besideStepCa({
      script: 'sign-load.ts',
      provisioners: [{ type: 'X5C', name, roots: toBase64(utf8Bytes(pemOf(root))) }],
      token: ({ url }) => ({
        key: sharedKey.export({ format: 'jwk' }),
        header: { x5c: [credential, intermediate.certificate].map(({ der }) => toBase64(der)) },
        claims: { aud: `${url}/1.0/sign#x5c/${name}`, iss: name, sub: 'web.test', sans: ['web.test'] },
      }),
      cpuRatio: 0.8,
    })
  },
}
