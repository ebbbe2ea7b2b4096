import { describe, expect, it } from 'vitest'
import { readJson } from '../../../../../src/core/json-reader.ts'
import { noNames, type Names } from '../../../../../src/core/names/names.ts'
import { explainStepPolicy } from '../../../../../src/core/policy/step/decide.ts'
import { readStepPolicy } from '../../../../../src/core/policy/step/read.ts'

type Rules = Readonly<Record<string, readonly string[]>>

const decide = (
  rules: { allow?: Rules; deny?: Rules; allowWildcardNames?: boolean },
  name: Partial<Names> | string,
) => {
  const policy = readJson(rules, 'policy', readStepPolicy)
  if (policy === undefined) throw new Error('the policy has no rule')
  const { names } = explainStepPolicy(
    policy,
    typeof name === 'string'
      ? { names: noNames, commonName: name }
      : { names: { ...noNames, ...name }, commonName: '' },
  )
  const last = names.at(-1)
  return last?.allowed === false ? [last.message, last.rule] : ['allowed', last?.rule]
}

describe('step’s policy of names', () => {
  const domains = { allow: { dns: ['*.Example.com', 'bücher.test'] } }
  it.each([
    [domains, { dns: ['a.example.com'] }, ['allowed', 'allow.dns[0]']],
    [domains, { dns: ['A.EXAMPLE.COM'] }, ['allowed', 'allow.dns[0]']],
    [domains, { dns: ['xn--bcher-kva.test'] }, ['allowed', 'allow.dns[1]']],
    [domains, { dns: ['example.com'] }, ['dns name "example.com" not allowed', 'allow.dns']],
    [domains, { dns: ['a.b.example.com'] }, ['dns name "a.b.example.com" not allowed', 'allow.dns']],
    [domains, { dns: ['*.example.com'] }, ['dns name "*.example.com" not allowed', 'allow.dns']],
    [domains, { dns: ['_srv.example.com'] }, ['cannot parse dns domain "_srv.example.com"', undefined]],
    [domains, { ips: ['10.0.0.1'] }, ['ip name "10.0.0.1" not allowed', 'allow']],
    [{ ...domains, allowWildcardNames: true }, { dns: ['*.example.com'] }, ['allowed', 'allow.dns[0]']],
  ])('domains: %j on %j', (rules, name, decision) => {
    expect(decide(rules, name)).toEqual(decision)
  })

  const denied = { deny: { dns: ['bad.example.com', '*.evil.test'] } }
  it.each([
    [denied, { dns: ['bad.example.com'] }, ['dns name "bad.example.com" not allowed', 'deny.dns[0]']],
    [denied, { dns: ['*.evil.test'] }, ['dns name "*.evil.test" not allowed', 'deny.dns[1]']],
    [denied, { dns: ['good.example.com'], ips: ['::1'] }, ['allowed', undefined]],
    [
      { allow: { dns: ['*.example.com'] }, ...denied },
      { dns: ['ok.example.com', 'bad.example.com'] },
      ['dns name "bad.example.com" not allowed', 'deny.dns[0]'],
    ],
    [{ allow: { ip: ['10.0.0.0/8'] }, ...denied }, { dns: ['any.test'] }, ['allowed', undefined]],
  ])('denied: %j on %j', (rules, name, decision) => {
    expect(decide(rules, name)).toEqual(decision)
  })

  const ranges = { allow: { ip: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7', '::ffff:198.51.100.0/120'] } }
  it.each([
    ['10.255.0.1', ['allowed', 'allow.ip[0]']],
    ['11.0.0.1', ['ip name "11.0.0.1" not allowed', 'allow.ip']],
    ['2001:db8:1::1', ['allowed', 'allow.ip[1]']],
    ['192.0.2.7', ['allowed', 'allow.ip[2]']],
    ['192.0.2.8', ['ip name "192.0.2.8" not allowed', 'allow.ip']],
    ['198.51.100.9', ['allowed', 'allow.ip[3]']],
  ])('addresses: %s', (address, decision) => {
    expect(decide(ranges, { ips: [address] })).toEqual(decision)
  })

  const mail = { allow: { email: ['@example.com', 'root@example.org'] } }
  it.each([
    ['any@Example.com', ['allowed', 'allow.email[0]']],
    ['any@sub.example.com', ['email name "any@sub.example.com" not allowed', 'allow.email']],
    ['root@EXAMPLE.ORG', ['allowed', 'allow.email[1]']],
    ['Root@example.org', ['email name "Root@example.org" not allowed', 'allow.email']],
    ['"a b"@example.com', ['allowed', 'allow.email[0]']],
    ['a..b@example.com', ['cannot parse email rfc822Name "a..b@example.com"', undefined]],
    ['a@', ['error matching email name "a@" to constraint', 'allow.email[0]']],
    ['a@xn--zz--.test', ['cannot parse email domain "a@xn--zz--.test"', undefined]],
  ])('e-mail: %s', (address, decision) => {
    expect(decide(mail, { emails: [address] })).toEqual(decision)
  })

  const hosts = { allow: { uri: ['*.example.com', 'example.org'] } }
  it.each([
    ['https://a.example.com/x?y#z', ['allowed', 'allow.uri[0]']],
    ['https://user@example.org:8443', ['allowed', 'allow.uri[1]']],
    ['https://example.com', ['uri name "https://example.com" not allowed', 'allow.uri']],
    ['urn:uuid:1', ['error matching uri name "urn:uuid:1" to constraint', 'allow.uri[0]']],
    ['https://10.0.0.1', ['error matching uri name "https://10.0.0.1" to constraint', 'allow.uri[0]']],
    ['https://[::1]:80/', ['error matching uri name "https://[::1]:80/" to constraint', 'allow.uri[0]']],
    ['https://*.example.com', ['error matching uri name "https://*.example.com" to constraint', 'allow.uri[0]']],
  ])('URIs: %s', (uri, decision) => {
    expect(decide(hosts, { uris: [uri] })).toEqual(decision)
  })

  const common = { allow: { cn: ['Jane Doe'], dns: ['*.example.com'], email: ['@example.com'], ip: ['10.0.0.0/8'] } }
  it.each([
    [common, '', ['allowed', undefined]],
    [common, 'JANE DOE', ['allowed', 'allow.cn[0]']],
    [common, 'a.example.com', ['allowed', 'allow.dns[0]']],
    [common, 'me@example.com', ['allowed', 'allow.email[0]']],
    [common, '10.1.1.1', ['allowed', 'allow.ip[0]']],
    [common, '11.1.1.1', ['cn name "11.1.1.1" not allowed', 'allow.ip']],
    [common, 'https://a.example.com', ['cn name "https://a.example.com" not allowed', 'allow']],
    [common, 'John Doe', ['cannot parse cn domain "John Doe"', undefined]],
    [{ deny: { cn: ['root'] } }, 'ROOT', ['cn name "ROOT" not allowed', 'deny.cn[0]']],
    [{ deny: { cn: ['root'] } }, 'toor', ['allowed', undefined]],
    [{ allow: { cn: ['a(b)'] } }, 'A(B)', ['allowed', 'allow.cn[0]']],
  ])('common names: %j on %j', (rules, name, decision) => {
    expect(decide(rules, name)).toEqual(decision)
  })

  it('stops at the first name that is refused and says what let the ones before', () => {
    const policy = readJson({ allow: { dns: ['a.test'] } }, 'policy', readStepPolicy)
    const names = { ...noNames, dns: ['a.test', 'b.test', 'c.test'] }
    expect(policy && explainStepPolicy(policy, { names, commonName: 'x' })).toEqual({
      allowed: false,
      names: [
        { allowed: true, kind: 'dns', name: 'a.test', rule: 'allow.dns[0]' },
        { allowed: false, kind: 'dns', name: 'b.test', rule: 'allow.dns', message: 'dns name "b.test" not allowed' },
      ],
    })
  })
})
