import { describe, expect, it } from 'vitest'
import { trustOf } from '../../../src/app/check.ts'
import type { Authority } from '../../../src/core/resources/authority.ts'

const condition = (status: 'True' | 'False', message: string) => ({
  type: 'Ready',
  status,
  reason: 'Test',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

function authority(status: Authority['status']): Authority {
  const spec = { root: { generate: {} } } as unknown as Authority['spec']
  return {
    apiVersion: 'signet.dev/v1',
    kind: 'Authority',
    metadata: { name: 'signet' },
    spec,
    ...(status && { status }),
  }
}

describe('trustOf', () => {
  it('gives endpoint and roots of an Authority that is ready', () => {
    const roots = ['A', 'B'].map((certificate) => ({ certificate, sha256: '', notAfter: '' }))
    const endpoint = 'https://signet.signet-system.svc'
    expect(trustOf('signet', authority({ conditions: [condition('True', '')], endpoint, roots }))).toEqual({
      endpoint,
      roots: 'A\nB',
    })
  })

  it('says what is missing', () => {
    expect(() => trustOf('signet', undefined)).toThrow('there is no Authority signet')
    expect(() => trustOf('signet', authority(undefined))).toThrow(
      'the Authority signet is not ready: it has no status yet',
    )
    expect(() => trustOf('signet', authority({ conditions: [condition('False', 'no replica')] }))).toThrow(
      'the Authority signet is not ready: no replica',
    )
  })
})
