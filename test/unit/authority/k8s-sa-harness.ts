import { beforeEach } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import type { CertificateFacts, PodFacts, TokenFacts } from '../../../src/authority/kubernetes-facts.ts'
import type { WorkloadRequest } from '../../../src/core/workload-request.ts'
import { aConfig, anAuthority, noon, someProvisioners, type TestAuthority } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { aToken, forgersKey } from '../../builders/tokens.ts'

export const audience = 'https://ca.example.com/1.0/sign#k8ssa/kubernetes'
export const identity = 'spiffe://cluster.local/ns/shop/sa/web'

/** The provisioner of these tests, as in ca.json. */
export const kubernetes = {
  type: 'K8sSA',
  name: 'kubernetes',
  claims: { maxTLSCertDuration: '2160h' },
  signet: { tokenReview: true, delegates: [{ namespace: 'signet-system', serviceAccount: 'signet-operator' }] },
}

/** A projected token as the API server writes it; who signed it decides the review, so here anybody does. */
export function aPodToken(changes: object = {}): string {
  const claims = {
    aud: [audience],
    exp: noon / 1000 + 600,
    iss: 'https://kubernetes.default.svc',
    sub: 'system:serviceaccount:shop:web',
    'kubernetes.io': {
      namespace: 'shop',
      pod: { name: 'web-0', uid: 'a-1' },
      serviceaccount: { name: 'web', uid: 'a-2' },
    },
    ...changes,
  }
  return aToken(claims, forgersKey)
}

/** What the API server says of the token of pod shop/web-0. */
export const accepted: TokenFacts & { authenticated: true } = {
  authenticated: true,
  audiences: [audience],
  username: 'system:serviceaccount:shop:web',
  podName: 'web-0',
  podUid: 'a-1',
  credentialId: 'jti-1',
}

/** Of the operator's. */
export const acceptedOperator: TokenFacts & { authenticated: true } = {
  ...accepted,
  username: 'system:serviceaccount:signet-system:signet-operator',
  podName: 'signet-operator-0',
  podUid: 'b-1',
  credentialId: 'jti-2',
}

export const wish: WorkloadRequest = {
  dnsNames: ['web.shop.svc', 'web.shop.svc.cluster.local'],
  ipAddresses: [],
  uris: [identity],
  emailAddresses: [],
  podIPs: false,
  keyAlgorithm: 'EC-P256',
}

export function aPod(changes: Partial<PodFacts> = {}): PodFacts {
  return {
    namespace: 'shop',
    name: 'web-0',
    uid: 'a-1',
    serviceAccount: 'web',
    deleting: false,
    finished: false,
    hostNetwork: false,
    podIPs: ['10.1.0.7'],
    request: JSON.stringify(wish),
    ...changes,
  }
}

/** The Certificate shop/web. */
export function aCertificate(spec: object = {}, changes: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    namespace: 'shop',
    name: 'web',
    uid: 'c-1',
    deleting: false,
    spec: { secretName: 'web-tls', dnsNames: ['web.shop.svc'], ...spec },
    ...changes,
  }
}

export const podToken = aPodToken()
export const operatorToken = aPodToken({
  'kubernetes.io': {
    namespace: 'signet-system',
    pod: { name: 'signet-operator-0', uid: 'b-1' },
    serviceaccount: { name: 'signet-operator' },
  },
})

export type K8sSATest = TestAuthority & {
  /** As pod shop/web-0 asks. */
  sign(changes?: Partial<SignX509Request>, sourceAddress?: string): ReturnType<TestAuthority['authority']['signX509']>
  /** As the operator asks for the Certificate shop/web. */
  signCertificate(changes?: Partial<SignX509Request>): ReturnType<TestAuthority['authority']['signX509']>
}

/** An authority with that provisioner, in a cluster with that pod and its token, the operator's, and that Certificate. */
export function aClusterAuthority(
  provisioner: object = kubernetes,
  changes: Parameters<typeof aConfig>[0] = {},
): K8sSATest {
  const test = anAuthority(aConfig({ provisioners: someProvisioners(provisioner), ...changes }))
  const { cluster } = test
  cluster.tokens.set(podToken, accepted)
  cluster.tokens.set(operatorToken, acceptedOperator)
  cluster.pods.set('shop/web-0', aPod())
  cluster.pods.set(
    'signet-system/signet-operator-0',
    aPod({ namespace: 'signet-system', name: 'signet-operator-0', uid: 'b-1', serviceAccount: 'signet-operator' }),
  )
  cluster.certificates.set('shop/web', aCertificate())
  const certificate = { namespace: 'shop', name: 'web', uid: 'c-1' }
  return {
    ...test,
    sign: (changes = {}, sourceAddress) =>
      test.authority.signX509(
        { csr: aCsr(), token: podToken, ...changes },
        { requestId: 'r-1', ...(sourceAddress !== undefined && { sourceAddress }) },
      ),
    signCertificate: (changes = {}) =>
      test.authority.signX509({ csr: aCsr(), token: operatorToken, certificate, ...changes }, { requestId: 'r-2' }),
  }
}

/** A fresh one for each test of a file. */
export function eachWithCluster(): { current: K8sSATest } {
  const holder = { current: aClusterAuthority() }
  beforeEach(() => {
    holder.current = aClusterAuthority()
  })
  return holder
}
