import { describe, expect, it } from 'vitest'
import { noon } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import {
  accepted,
  aCertificate,
  aPod,
  aPodToken,
  audience,
  eachWithCluster,
  operatorToken,
  podToken,
  type K8sSATest,
} from './k8s-sa-harness.ts'

/** The part of the table of refusals that needs no cluster: what each token failure is called, and that nothing is stored. */
const test = eachWithCluster()
const pod = { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'a-1' } as const
const anew = { ...pod, uid: 'a-9' }
const certificate = { namespace: 'shop', name: 'web', uid: 'c-1' }
const object = { kind: 'Certificate', ...certificate } as const
const operator = { kind: 'Pod', namespace: 'signet-system', name: 'signet-operator-0', uid: 'b-1' } as const

type Row = {
  readonly name: string
  readonly change?: (test: K8sSATest) => void
  readonly request?: () => Parameters<K8sSATest['sign']>[0]
  readonly reason: string
  readonly message: string
  readonly regarding?: object
}

const rejected = 'the API server does not accept the token: invalid bearer token'
const expiredToken = aPodToken({ exp: noon / 1000 - 1 })
const strangeToken = aPodToken({ jti: 'unknown' })
const apiToken = aPodToken({ aud: ['https://kubernetes.default.svc'] })
const otherPathToken = aPodToken({ aud: ['https://ca.example.com/sign#k8ssa/kubernetes'] })
const shapelessToken = aPodToken({
  'kubernetes.io': { namespace: '../x', pod: { name: 'a', uid: 'a' }, serviceaccount: { name: 'a' } },
})

const rows: readonly Row[] = [
  {
    name: 'unbound token',
    change: ({ cluster }) => {
      const { podName: _, podUid: __, ...unbound } = accepted
      cluster.tokens.set(podToken, unbound)
    },
    reason: 'TokenUnbound',
    message: 'the token of service account shop/web is not bound to a pod',
    regarding: { kind: 'ServiceAccount', namespace: 'shop', name: 'web' },
  },
  {
    name: 'audience of the API server',
    request: () => ({ token: apiToken }),
    reason: 'WrongAudience',
    message: 'provisioner not found or invalid audience (https://kubernetes.default.svc)',
    regarding: pod,
  },
  {
    name: 'audience of another provisioner',
    request: () => ({ token: aPodToken({ aud: ['https://ca.example.com/1.0/sign#k8ssa/x'] }) }),
    reason: 'WrongAudience',
    message: 'provisioner not found or invalid audience (https://ca.example.com/1.0/sign#k8ssa/x)',
    regarding: pod,
  },
  {
    name: 'audience of this provisioner in another form',
    request: () => ({ token: otherPathToken }),
    reason: 'WrongAudience',
    message: `the token is not for ${audience}`,
    regarding: pod,
  },
  {
    name: 'audience that the API server does not confirm',
    change: ({ cluster }) => {
      cluster.reviewToken = () => Promise.resolve({ ...accepted, audiences: [] })
    },
    reason: 'WrongAudience',
    message: `the API server did not confirm the audience ${audience}`,
  },
  {
    name: 'user that is no service account',
    change: ({ cluster }) => void cluster.tokens.set(podToken, { ...accepted, username: 'admin' }),
    reason: 'TokenInvalid',
    message: 'the token is not of a service account',
  },
  {
    name: 'expired token',
    request: () => ({ token: expiredToken }),
    reason: 'TokenExpired',
    message: 'the token is expired (exp)',
    regarding: pod,
  },
  {
    name: 'token that the API server does not know',
    request: () => ({ token: strangeToken }),
    reason: 'TokenInvalid',
    message: rejected,
    regarding: pod,
  },
  {
    name: 'token that names no pod',
    request: () => ({ token: shapelessToken }),
    reason: 'TokenInvalid',
    message: rejected,
  },
  {
    name: 'token of a pod that is gone, which the API server does not accept any more',
    change: ({ cluster }) => cluster.pods.clear(),
    request: () => ({ token: strangeToken }),
    reason: 'PodNotFound',
    message: 'pod shop/web-0 does not exist',
    regarding: pod,
  },
  {
    name: 'pod deleted since the review',
    change: ({ cluster }) => void cluster.pods.delete('shop/web-0'),
    reason: 'PodNotFound',
    message: 'pod shop/web-0 does not exist',
    regarding: pod,
  },
  {
    name: 'pod that has finished',
    change: ({ cluster }) => void cluster.pods.set('shop/web-0', aPod({ finished: true })),
    reason: 'PodFinished',
    message: 'pod shop/web-0 has finished',
    regarding: pod,
  },
  {
    name: 'pod being deleted',
    change: ({ cluster }) => void cluster.pods.set('shop/web-0', aPod({ deleting: true })),
    reason: 'PodDeleting',
    message: 'pod shop/web-0 is being deleted',
    regarding: pod,
  },
  {
    name: 'pod, or its namespace, made anew under the same name',
    change: ({ cluster }) => void cluster.pods.set('shop/web-0', aPod({ uid: 'a-9' })),
    reason: 'PodUidMismatch',
    message: 'pod shop/web-0 has uid a-9, not a-1: it was made anew',
    regarding: anew,
  },
  {
    name: 'the same, where the API server does not accept the old token',
    change: ({ cluster }) => void cluster.pods.set('shop/web-0', aPod({ uid: 'a-9' })),
    request: () => ({ token: strangeToken }),
    reason: 'PodUidMismatch',
    message: 'pod shop/web-0 has uid a-9, not a-1: it was made anew',
    regarding: anew,
  },
  {
    name: 'pod of another service account',
    change: ({ cluster }) => void cluster.pods.set('shop/web-0', aPod({ serviceAccount: 'db' })),
    reason: 'ServiceAccountMismatch',
    message: 'pod shop/web-0 runs as db, not as web',
    regarding: pod,
  },
  {
    name: 'names of another pod',
    request: () => ({ csr: aCsr({ sans: ['db.shop.svc'] }) }),
    reason: 'RequestExceedsWish',
    message: 'the certificate request has DNS name "db.shop.svc", which pod shop/web-0 does not ask for',
    regarding: pod,
  },
  {
    name: 'service account that is no delegate, asking for a Certificate',
    request: () => ({ certificate }),
    reason: 'NotDelegate',
    message: 'service account shop/web is no delegate of provisioner "kubernetes"',
    regarding: pod,
  },
  {
    name: 'delegate whose pod is gone',
    change: ({ cluster }) => void cluster.pods.delete('signet-system/signet-operator-0'),
    request: () => ({ token: operatorToken, certificate }),
    reason: 'PodNotFound',
    message: 'pod signet-system/signet-operator-0 does not exist',
    regarding: operator,
  },
  {
    name: 'Certificate that does not exist',
    change: ({ cluster }) => cluster.certificates.clear(),
    request: () => ({ token: operatorToken, certificate }),
    reason: 'CertificateNotFound',
    message: 'Certificate shop/web does not exist',
    regarding: object,
  },
  {
    name: 'Certificate made anew under the same name',
    change: ({ cluster }) => void cluster.certificates.set('shop/web', aCertificate({}, { uid: 'c-9' })),
    request: () => ({ token: operatorToken, certificate }),
    reason: 'CertificateUidMismatch',
    message: 'Certificate shop/web has uid c-9, not c-1: it was made anew',
    regarding: { ...object, uid: 'c-9' },
  },
  {
    name: 'Certificate being deleted',
    change: ({ cluster }) => void cluster.certificates.set('shop/web', aCertificate({}, { deleting: true })),
    request: () => ({ token: operatorToken, certificate }),
    reason: 'CertificateNotFound',
    message: 'Certificate shop/web is being deleted',
    regarding: object,
  },
]

describe('tokens of service accounts that are refused', () => {
  it.each(rows)('$name', async ({ change, request, reason, message, regarding }) => {
    change?.(test.current)
    await expect(test.current.sign(request?.())).rejects.toMatchObject({ code: 'unauthorized', reason, message })
    expect(test.current.events.refusals).toEqual([
      { operation: 'sign', requestId: 'r-1', reason, message, ...(regarding && { regarding }) },
    ])
    expect(test.current.store.records).toEqual([])
    expect(test.current.store.spent).toEqual([])
  })

  it('spends no review on a token whose claims rule it out', async () => {
    for (const token of [otherPathToken, aPodToken({ exp: noon / 1000 - 61 })]) {
      await expect(test.current.sign({ token })).rejects.toMatchObject({ code: 'unauthorized' })
    }
    expect(test.current.cluster.calls).toEqual(['getPod shop/web-0', 'getPod shop/web-0'])
  })

  it('does not quote the token anywhere', async () => {
    await expect(test.current.sign({ token: strangeToken })).rejects.toThrow(rejected)
    const [, payload = ''] = strangeToken.split('.')
    expect(JSON.stringify(test.current.events.refusals)).not.toContain(payload)
  })

  it('says that it cannot tell while the API server does not answer', async () => {
    test.current.cluster.down = true
    const answer = { code: 'unavailable', message: 'the API server does not answer' }
    await expect(test.current.sign()).rejects.toMatchObject(answer)
    // The refusal of a token that is for somebody else does not need the API server.
    await expect(test.current.sign({ token: apiToken })).rejects.toMatchObject({ reason: 'WrongAudience' })
  })
})
