import { encodePem } from '../../../src/core/pem.ts'
import { brokenSignature, evenModulus, p224, rsa1024 } from '../../wire/bad-requests.ts'

/** A request that is refused for its form, whoever sends it. */
export type BrokenRequest = {
  readonly name: string
  readonly body: (token: string) => string
  /** The caller is told what is wrong. */
  readonly message: string
}

const withCsr = (der: Uint8Array, token: string): string =>
  JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', der), ott: token })

const told = (text: string): string => `The request could not be completed: ${text}.`

export const brokenRequests: readonly BrokenRequest[] = [
  {
    name: 'RSA-1024',
    body: (token) => withCsr(rsa1024(), token),
    message: told('certificate request RSA key must be at least 2048 bits (256 bytes)'),
  },
  {
    name: 'RSA with an even modulus',
    body: (token) => withCsr(evenModulus(), token),
    message: told('RSA modulus must be odd'),
  },
  {
    name: 'P-224',
    body: (token) => withCsr(p224(), token),
    message: told('elliptic curve 1.3.132.0.33 is not supported: use P-256, P-384 or P-521'),
  },
  {
    name: 'CSR with a broken signature',
    body: (token) => withCsr(brokenSignature(), token),
    message: told('invalid csr'),
  },
  {
    name: 'body of 1 MiB',
    body: (token) => JSON.stringify({ csr: 'x'.repeat(1024 * 1024), ott: token }),
    message: told('request body is longer than 262144 bytes'),
  },
]
