import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignetError, type ErrorCode } from '../../src/core/errors.ts'
import type { WorkloadRequest } from '../../src/core/workload-request.ts'
import { parseCertificate, type Certificate } from '../../src/core/x509/certificate.ts'
import type { WorkloadDeps } from '../../src/workload/authority.ts'
import type { FakeAuthority } from '../fakes/certificate-authority.ts'
import { recordedLog } from '../fakes/recorded-log.ts'

export const aWorkloadRequest = (changes: Partial<WorkloadRequest> = {}): WorkloadRequest => ({
  commonName: 'web.shop.svc',
  dnsNames: ['web.shop.svc'],
  ipAddresses: [],
  uris: ['spiffe://cluster.local/ns/shop/sa/web'],
  emailAddresses: [],
  podIPs: false,
  keyAlgorithm: 'EC-P256',
  ...changes,
})

/** What bootstrap and renew get, for a pod `web-1` whose volume is `directory`; the clock is the authority's. */
export function aWorkload(
  authority: FakeAuthority,
  directory: string,
  request = aWorkloadRequest(),
  ips = ['10.0.0.1'],
) {
  const log = recordedLog()
  let token = 0
  const deps: WorkloadDeps = {
    settings: {
      request,
      authority: { url: 'https://signet.signet-system.svc', roots: authority.roots() },
      tokenFile: '/token',
      directory,
      mode: 0o600,
      pod: { uid: '0e1f', ips },
    },
    clock: { now: () => authority.now },
    log,
    connect: (roots) => authority.connect(roots),
    readToken: () => `token-${(token += 1)}`,
  }
  return { ...deps, log }
}

/** The certificate that an app reads in `directory` now. */
export function certificateIn(directory: string): Certificate {
  return parseCertificate(readFileSync(join(directory, 'site.crt'), 'utf8'))
}

/** When the program wants to run again, in milliseconds since the epoch. */
export function wakeIn(directory: string): number {
  return Number(readFileSync(join(directory, '..wake'), 'utf8')) * 1000
}

export function aFailure(
  code: ErrorCode,
  message = 'the authority answered 500: no',
  retryAfterSeconds?: number,
): SignetError {
  return new SignetError(code, message, {
    requestId: 'failed-1',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}
