import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readKeySet } from '../../../../src/core/tokens/key-set.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })

describe('key set', () => {
  it('holds what verifies signatures, by id', () => {
    const set = readKeySet({
      keys: [
        { ...ec, kid: 'a' },
        { ...rsa, kid: 'a', alg: 'RS256' },
        { ...rsa },
        { ...rsa, kid: 'encryption', use: 'enc' },
        { kty: 'oct', k: 'AAAA', kid: 'secret' },
        { kty: 'unknown', kid: 'b' },
        { ...ec, kid: 'wrong', alg: 'RS256' },
        'x',
        null,
      ],
    })
    expect([...set].map(([id, keys]) => [id, keys.map(({ algorithms }) => algorithms)])).toEqual([
      ['a', [['ES256'], ['RS256']]],
      ['', [['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']]],
      ['wrong', [[]]],
    ])
  })

  it('reads a hundred keys and no more', () => {
    const keys = Array.from({ length: 101 }, (_, index) => ({ ...ec, kid: String(index) }))
    expect(readKeySet({ keys }).size).toBe(100)
  })
})
