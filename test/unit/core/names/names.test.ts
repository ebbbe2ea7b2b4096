import { describe, expect, it } from 'vitest'
import { nameOutside, sameSet } from '../../../../src/core/names/compare.ts'
import {
  isOneOf,
  kindOfName,
  parseDnsName,
  parseEmail,
  parseIp,
  parseUri,
  typeNames,
} from '../../../../src/core/names/parse.ts'
import { isIdentityOf, spiffeId } from '../../../../src/core/names/spiffe.ts'

describe('names', () => {
  it.each([
    ['A.Example.COM.', 'a.example.com'],
    ['*.example.com', '*.example.com'],
    ['_sip._tcp.example.com', '_sip._tcp.example.com'],
    ['localhost', 'localhost'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
  ])('DNS name %s', (text, name) => {
    expect(parseDnsName(text)).toBe(name)
  })

  it.each([
    '',
    '.',
    '..',
    'a..b',
    'a b',
    '-a.b',
    'a-.b',
    'a.*.b',
    '*',
    '*a.b',
    'a/b',
    'a:1',
    '10.0.0.1',
    `${'a'.repeat(64)}.b`,
    `${'a.'.repeat(130)}b`,
    'a\u0000b',
    'a_\u200b.b\n',
    'ü b.c',
  ])('no DNS name %j', (text) => {
    expect(parseDnsName(text)).toBeUndefined()
  })

  it('normalises addresses', () => {
    expect([parseIp('FD00:0::1'), parseIp('::ffff:10.0.0.1'), parseIp('10.0.0.01'), parseIp('fe80::1%eth0')]).toEqual([
      'fd00::1',
      '10.0.0.1',
      undefined,
      undefined,
    ])
  })

  it.each([
    ['10.0.0.1', 'ips'],
    ['::1', 'ips'],
    ['https://a.b/c', 'uris'],
    ['localhost:8080', 'uris'],
    ['spiffe://a/b', 'uris'],
    ['mailto:a@b.c', 'uris'],
    ['a@b.c', 'emails'],
    ['https://a:b', 'dns'],
    ['web', 'dns'],
  ])('types %s as %s, like step', (text, kind) => {
    expect(kindOfName(text)).toBe(kind)
  })

  it('types lists, keeping order and dropping repetitions', () => {
    expect(typeNames(['b.c', '10.0.0.1', 'B.C', 'a.b', 'x@y.z', 'https://u/'])).toEqual({
      dns: ['b.c', 'a.b'],
      ips: ['10.0.0.1'],
      emails: ['x@y.z'],
      uris: ['https://u/'],
    })
    expect(() => typeNames(['a b'])).toThrow('"a b" is not a DNS name')
    expect(() => typeNames(['@b'])).toThrow('"@b" is not an e-mail address')
  })

  it.each(['a@b', 'a.b+c@d.e'])('e-mail address %s', (text) => {
    expect(parseEmail(text)).toBe(text)
  })

  it.each(['a', '@b', 'a@', 'a b@c', 'a@b@c', 'a@-b', `${'a'.repeat(251)}@b.c`])('no e-mail address %j', (text) => {
    expect(parseEmail(text)).toBeUndefined()
  })

  it.each(['a', '//a', 'https://a b', 'https://a:x/', `https://${'a'.repeat(1024)}`, 'ä:b', 'https://[::1/'])(
    'no URI %j',
    (text) => {
      expect(parseUri(text)).toBeUndefined()
    },
  )

  it.each([
    ['HTTPS://U@Example.COM.:443/A?b#C', 'https://U@example.com/A?b#C'],
    ['http://A:8080', 'http://a:8080'],
    ['ftp://[FE80::1]:/x', 'ftp://[fe80::1]/x'],
    ['URN:Isbn:1', 'urn:Isbn:1'],
    ['file:///Etc', 'file:///Etc'],
  ])('URI %s in one spelling', (text, uri) => {
    expect([parseUri(text), parseUri(uri)]).toEqual([uri, uri])
  })

  it('e-mail address in one spelling', () => {
    expect(parseEmail('Me@Example.COM.')).toBe('Me@example.com')
  })

  it('compares sets of names', () => {
    const names = typeNames(['a.b', '10.0.0.1', 'a@b.c'])
    expect(nameOutside(names, names)).toBeUndefined()
    expect(nameOutside(names, typeNames(['a.b', 'a@b.c']))).toEqual({ kind: 'ips', value: '10.0.0.1' })
    expect([sameSet(['a', 'b'], ['b', 'a']), sameSet(['a'], ['a', 'b']), sameSet(['a', 'b'], ['a'])]).toEqual([
      true,
      false,
      false,
    ])
    expect(['A.B', '10.0.0.1', 'a@b.c', 'c.d'].map((name) => isOneOf(name, names))).toEqual([true, true, true, false])
  })
})

describe('identities', () => {
  it('of service accounts', () => {
    expect(spiffeId('cluster.local', 'shop', 'web')).toBe('spiffe://cluster.local/ns/shop/sa/web')
  })

  it.each([
    'spiffe://cluster.local',
    'spiffe://cluster.local/x',
    'SPIFFE://Cluster.Local/ns/a/sa/b',
    'spiffe://u@cluster.local/x',
    'spiffe://cluster.local:443/x',
    'spiffe://cluster%2Elocal/x',
    'spiffe://cluster.local?x',
  ])('are recognised in %s', (uri) => {
    expect(isIdentityOf(uri, 'cluster.local')).toBe(true)
  })

  it.each([
    'spiffe://other/x',
    'https://cluster.local/x',
    'spiffe:cluster.local',
    'spiffe://cluster.local.x/',
    'spiffe://%zz/',
  ])('are not seen in %s', (uri) => {
    expect(isIdentityOf(uri, 'cluster.local')).toBe(false)
  })
})
