import { describe, expect, it } from 'vitest'
import { readAnnotations } from '../../../src/webhook/annotations.ts'

const plain = { sans: [], keyAlgorithm: 'EC-P256', bootstrapperOnly: false }

describe('readAnnotations', () => {
  it.each([
    ['no annotations', {}, { kind: 'none' }],
    ['annotations of others', { 'example.com/name': 'x' }, { kind: 'none' }],
    [
      'autocert without a name',
      { 'autocert.step.sm/sans': 'a' },
      { kind: 'none', why: 'autocert.step.sm/name is not set, so no certificate is injected' },
    ],
    [
      'autocert with an empty name',
      { 'autocert.step.sm/name': '' },
      { kind: 'none', why: 'autocert.step.sm/name is not set, so no certificate is injected' },
    ],
    ['autocert with a status only', { 'autocert.step.sm/status': 'x' }, { kind: 'none' }],
  ])('finds no wish in %s', (_, annotations, expected) => {
    expect(readAnnotations(annotations)).toEqual(expected)
  })

  it("reads autocert's eight annotations", () => {
    expect(
      readAnnotations({
        'autocert.step.sm/name': 'web.shop.svc',
        'autocert.step.sm/sans': 'a.shop.svc, b.shop.svc,',
        'autocert.step.sm/duration': '1h',
        'autocert.step.sm/init-first': 'true',
        'autocert.step.sm/bootstrapper-only': 'true',
        'autocert.step.sm/owner': '1000:2000',
        'autocert.step.sm/mode': '0600',
        'autocert.step.sm/status': 'pending',
      }),
    ).toEqual({
      kind: 'wish',
      wish: {
        directory: '/var/run/autocert.step.sm',
        name: { key: 'autocert.step.sm/name', value: 'web.shop.svc' },
        sans: [
          { key: 'autocert.step.sm/sans', value: 'a.shop.svc' },
          { key: 'autocert.step.sm/sans', value: 'b.shop.svc' },
        ],
        duration: '1h',
        keyAlgorithm: 'EC-P256',
        bootstrapperOnly: true,
        owner: { uid: 1000, gid: 2000 },
        mode: 0o600,
      },
    })
  })

  it('reads ours', () => {
    expect(
      readAnnotations({
        'signet.dev/name': 'web.shop.svc',
        'signet.dev/sans': '${POD_IP}',
        'signet.dev/duration': '90m',
        'signet.dev/key-algorithm': 'Ed25519',
        'signet.dev/authority': 'other',
      }),
    ).toEqual({
      kind: 'wish',
      wish: {
        ...plain,
        directory: '/var/run/signet.dev',
        name: { key: 'signet.dev/name', value: 'web.shop.svc' },
        sans: [{ key: 'signet.dev/sans', value: '${POD_IP}' }],
        duration: '90m',
        keyAlgorithm: 'Ed25519',
        authority: 'other',
      },
    })
  })

  it('reads both prefixes together and puts the files where autocert does', () => {
    const wish = { 'autocert.step.sm/name': 'a', 'signet.dev/name': 'a', 'signet.dev/key-algorithm': 'RSA-2048' }
    expect(readAnnotations(wish)).toEqual({
      kind: 'wish',
      wish: {
        ...plain,
        directory: '/var/run/autocert.step.sm',
        name: { key: 'signet.dev/name', value: 'a' },
        keyAlgorithm: 'RSA-2048',
      },
    })
  })

  it('takes an empty annotation of autocert for none', () => {
    const wish = { 'autocert.step.sm/name': 'a', 'autocert.step.sm/duration': '', 'autocert.step.sm/mode': '' }
    expect(readAnnotations(wish)).toEqual({
      kind: 'wish',
      wish: { ...plain, directory: '/var/run/autocert.step.sm', name: { key: 'autocert.step.sm/name', value: 'a' } },
    })
  })

  const known = 'signet.dev/name, signet.dev/sans, signet.dev/duration, signet.dev/key-algorithm, signet.dev/authority'
  it.each([
    [{ 'signet.dev/nmae': 'x' }, `annotation signet.dev/nmae is not known: known are ${known}`],
    [{ 'signet.dev/owner': '1:1' }, `annotation signet.dev/owner is not known: known are ${known}`],
    [{ 'signet.dev/toString': 'x' }, `annotation signet.dev/toString is not known: known are ${known}`],
    [
      { 'signet.dev/status': 'injected' },
      'annotation signet.dev/status is set by signet and must not be set by hand: remove it',
    ],
    [{ 'signet.dev/name': ' ' }, 'annotation signet.dev/name must not be empty: remove it or give it a value'],
    [
      { 'signet.dev/name': 'a', 'autocert.step.sm/name': 'b' },
      'annotation signet.dev/name is "a" but autocert.step.sm/name is "b": make them equal or remove one',
    ],
    [
      { 'signet.dev/sans': Array.from({ length: 51 }, (_, index) => `n${index}`).join(',') },
      'annotation signet.dev/sans has 51 names: at most 50 are allowed',
    ],
    [
      { 'signet.dev/duration': '1 day' },
      'annotation signet.dev/duration is "1 day": must be a duration longer than zero such as 24h or 90m',
    ],
    [
      { 'autocert.step.sm/name': 'a', 'autocert.step.sm/duration': '-1h' },
      'annotation autocert.step.sm/duration is "-1h": must be a duration longer than zero such as 24h or 90m',
    ],
    [
      { 'signet.dev/key-algorithm': 'P-224' },
      'annotation signet.dev/key-algorithm is "P-224": must be one of EC-P256, EC-P384, EC-P521, RSA-2048, RSA-3072, RSA-4096, Ed25519',
    ],
    [{ 'signet.dev/authority': 'A/b' }, 'annotation signet.dev/authority is "A/b": must be the name of an Authority'],
    [
      { 'autocert.step.sm/name': 'a', 'autocert.step.sm/bootstrapper-only': 'yes' },
      'annotation autocert.step.sm/bootstrapper-only is "yes": must be true or false',
    ],
    ...['bob:staff', '1000', '1000:', '-1:0', '2147483648:0'].map((owner): [Record<string, string>, string] => [
      { 'autocert.step.sm/name': 'a', 'autocert.step.sm/owner': owner },
      `annotation autocert.step.sm/owner is "${owner}": must be uid:gid in numbers, such as 1000:1000`,
    ]),
    ...['u=rw', '888', '64', '4755'].map((mode): [Record<string, string>, string] => [
      { 'autocert.step.sm/name': 'a', 'autocert.step.sm/mode': mode },
      `annotation autocert.step.sm/mode is "${mode}": must be three octal digits, such as 0640`,
    ]),
    [
      { 'autocert.step.sm/name': 'a', 'autocert.step.sm/mode': '0040' },
      'annotation autocert.step.sm/mode is "0040": the owner must be able to read, or nothing could be renewed',
    ],
  ])('refuses %o', (annotations, message) => {
    expect(() => readAnnotations(annotations)).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })
})
