import type { GoldenCase } from '../case.ts'
import { signing } from './sign.ts'

const named = (name: string, host: string): GoldenCase =>
  signing(name, { csr: { commonName: host }, claims: { sub: host } })

/** Under rules about names, and without revocation lists. */
export const policyCases: readonly GoldenCase[] = [
  named('sign what is allowed', 'web.test'),
  named('sign what is denied', 'db.test'),
  named('sign what is not allowed', 'web.example.com'),
  named('sign an IP address where only DNS names are allowed', '10.0.0.1'),
  named('sign a wildcard where they are not allowed', '*.test'),
  ...['/crl', '/crl?pem', '/1.0/crl'].map((path): GoldenCase => ({ name: `GET ${path}`, request: { path } })),
]
