import { generateKeyPairSync } from 'node:crypto'
import { toBase64, utf8Bytes } from '../../src/core/bytes.ts'
import type { Bench } from './bench.ts'
import { besideStepCa, count, howMuch } from './support/beside-step-ca.ts'

const [namespace, account] = ['shop', 'web']

/** POST /sign with the old, unbound kind of service account token, verified by a public key in ca.json. */
export const bench: Bench = {
  title: `${count} × POST /sign with a K8sSA token by RSA 2048, verified offline, ${howMuch}`,
  run() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const publicKeys = toBase64(utf8Bytes(publicKey.export({ type: 'spki', format: 'pem' }) as string))
    const fact = 'kubernetes.io/serviceaccount'
    return besideStepCa({
      script: 'sign-load.ts',
      provisioners: [{ type: 'K8sSA', name: 'pods', publicKeys, signet: { legacyTokens: true } }],
      token: () => ({
        key: privateKey.export({ format: 'jwk' }),
        header: { alg: 'RS256', kid: '' },
        claims: {
          iss: 'kubernetes/serviceaccount',
          sub: `system:serviceaccount:${namespace}:${account}`,
          [`${fact}/namespace`]: namespace,
          [`${fact}/secret.name`]: `${account}-token`,
          [`${fact}/service-account.name`]: account,
          [`${fact}/service-account.uid`]: '5e8f2a0c-7f3a-4f0e-9d0b-0d3f0b7c6a11',
        },
      }),
      cpuRatio: 0.8,
    })
  },
}
