import { describe, expect, it } from 'vitest'
import { createKubernetesReader } from '../../../../src/adapters/kubernetes/kubernetes-reader.ts'
import type { KubeApi } from '../../../../src/adapters/kubernetes/client.ts'

/** A reader whose API server gives this for every call; the calls are kept. */
function readerOf(answer: unknown) {
  const calls: unknown[][] = []
  const reply = (...call: unknown[]) => {
    calls.push(call)
    return Promise.resolve(answer as never)
  }
  const api: Pick<KubeApi, 'get' | 'request'> = { get: reply, request: reply }
  return { reader: createKubernetesReader(api), calls }
}

const user = {
  username: 'system:serviceaccount:shop:web',
  extra: {
    'authentication.kubernetes.io/pod-name': ['web-1'],
    'authentication.kubernetes.io/pod-uid': ['u1'],
    'authentication.kubernetes.io/credential-id': ['JTI=3f8c'],
  },
}

describe('token reviews', () => {
  it('asks for exactly the audience', async () => {
    const { reader, calls } = readerOf({ status: { authenticated: true, audiences: ['aud'], user } })
    await reader.reviewToken('secret', 'aud')
    expect(calls).toEqual([
      [
        'POST',
        '/apis/authentication.k8s.io/v1/tokenreviews',
        {
          body: {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenReview',
            spec: { token: 'secret', audiences: ['aud'] },
          },
        },
      ],
    ])
  })

  it('gives the facts of a token that is bound to a pod', async () => {
    const { reader } = readerOf({ status: { authenticated: true, audiences: ['aud'], user } })
    expect(await reader.reviewToken('secret', 'aud')).toEqual({
      authenticated: true,
      audiences: ['aud'],
      username: 'system:serviceaccount:shop:web',
      podName: 'web-1',
      podUid: 'u1',
      credentialId: '3f8c',
    })
  })

  it('leaves out what an unbound token lacks', async () => {
    const { reader } = readerOf({ status: { authenticated: true, user: { username: 'admin' } } })
    expect(await reader.reviewToken('secret', 'aud')).toEqual({ authenticated: true, audiences: [], username: 'admin' })
  })

  it.each([
    [{ status: { error: 'token expired' } }, 'token expired'],
    [{ status: { authenticated: false } }, 'the token is not accepted'],
    [{ status: { authenticated: true } }, 'the token is not accepted'],
    [{}, 'the token is not accepted'],
  ])('does not accept %j', async (answer, error) => {
    expect(await readerOf(answer).reader.reviewToken('secret', 'aud')).toEqual({ authenticated: false, error })
  })
})

describe('pods', () => {
  const env = (value: string) => [
    { name: 'OTHER', value: 'x' },
    { name: 'SIGNET_REQUEST', value },
  ]

  it('gives the facts and the wish of the injected container', async () => {
    const { reader } = readerOf({
      metadata: { namespace: 'shop', name: 'web-1', uid: 'u1' },
      spec: {
        serviceAccountName: 'web',
        initContainers: [{ name: 'signet-bootstrap', env: env('{}') }],
        containers: [{ name: 'app', env: env('{"mine":1}') }],
      },
      status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    })
    expect(await reader.getPod('shop', 'web-1')).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      serviceAccount: 'web',
      deleting: false,
      finished: false,
      hostNetwork: false,
      podIPs: ['10.0.0.1', 'fd00::1'],
      request: '{}',
    })
  })

  it('gives the facts of a pod that is going, without a wish', async () => {
    const { reader } = readerOf({
      metadata: { namespace: 'shop', name: 'web-1', uid: 'u1', deletionTimestamp: '2026-11-22T12:00:00Z' },
      spec: { serviceAccountName: 'web', hostNetwork: true, containers: [{ name: 'app' }] },
    })
    expect(await reader.getPod('shop', 'web-1')).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      serviceAccount: 'web',
      deleting: true,
      finished: false,
      hostNetwork: true,
      podIPs: [],
    })
  })

  it('gives undefined where there is none', async () => {
    const { reader } = readerOf(undefined)
    expect(await reader.getPod('shop', 'web-1')).toBeUndefined()
    expect(await reader.getCertificate('shop', 'web')).toBeUndefined()
  })
})

describe('pods that have ended', () => {
  it.each([
    ['Running', false],
    ['Succeeded', true],
    ['Failed', true],
  ])('%s: %s', async (phase, finished) => {
    const { reader } = readerOf({ metadata: { namespace: 'shop', name: 'web-1', uid: 'u1' }, status: { phase } })
    expect(await reader.getPod('shop', 'web-1')).toMatchObject({ finished })
  })
})

describe('calls', () => {
  it('are refused while 256 are under way', async () => {
    const answer = Promise.withResolvers<undefined>()
    const reader = createKubernetesReader({ get: () => answer.promise, request: () => answer.promise })
    const calls = Array.from({ length: 256 }, () => reader.getPod('shop', 'web-1'))
    await expect(reader.reviewToken('t', 'a')).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'NotReady',
      retryAfterSeconds: 1,
      message: '256 calls to the API server are under way',
    })
    answer.resolve(undefined)
    await Promise.all(calls)
    expect(await reader.getPod('shop', 'web-1')).toBeUndefined()
  })
})

describe('certificates', () => {
  it('gives uid and spec', async () => {
    const { reader } = readerOf({
      metadata: { namespace: 'shop', name: 'web', uid: 'u1' },
      spec: { secretName: 'web' },
    })
    expect(await reader.getCertificate('shop', 'web')).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      deleting: false,
      spec: { secretName: 'web' },
    })
  })
})
