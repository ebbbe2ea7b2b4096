import type { GoldenCase } from '../case.ts'

const paths = [
  '/health',
  '/roots',
  '/roots.pem',
  '/federation',
  '/intermediates',
  '/intermediates.pem',
  '/root/(fingerprint)',
  '/root/AB-cd',
  '/provisioners?limit=100',
  '/provisioners?limit=2',
  '/provisioners?limit=x',
  '/provisioners/ops/encrypted-key',
  '/provisioners/fixed/encrypted-key',
  '/provisioners/nobody/encrypted-key',
]

/** What anybody may read, and what there is not. */
export const publishedCases: readonly GoldenCase[] = ['', '/1.0'].flatMap((prefix) => [
  ...paths.map((path): GoldenCase => ({ name: `GET ${prefix}${path}`, request: { path: `${prefix}${path}` } })),
  {
    name: `GET ${prefix}/version`,
    request: { path: `${prefix}/version` },
    difference: { row: '`/version`', ours: { body: { version: '0.1.0' } } },
  },
  { name: `GET ${prefix}/nope`, request: { path: `${prefix}/nope` } },
  { name: `POST ${prefix}/health`, request: { path: `${prefix}/health`, method: 'POST' } },
  { name: `HEAD ${prefix}/roots`, request: { path: `${prefix}/roots`, method: 'HEAD' } },
  { name: `GET ${prefix}/sign`, request: { path: `${prefix}/sign` } },
])
