import { describe, expect, it } from 'vitest'
import { readJson } from '../../../../../src/core/json-reader.ts'
import { readStepPolicy } from '../../../../../src/core/policy/step/read.ts'

const read = (json: unknown) => readJson(json, 'policy', readStepPolicy)

describe('readStepPolicy', () => {
  it('is none where there is no rule, as in step', () => {
    expect(read({ allow: {}, deny: { dns: [], ip: null }, allowWildcardNames: true })).toBeUndefined()
  })

  it('reads members in any case and brings rules into their normal form', () => {
    const rules = {
      DNS: [' *.Example.COM ', 'BÜCHER.de', '1.2.3.4'],
      ip: ['10.1.2.3/8', '::FFFF:10.0.0.0/104', '::ffff:1.2.3.4/90', '2001:DB8::1'],
      Email: ['@Example.com', 'example.org', 'Me@XN--BCHER-KVA.de'],
      uri: ['*.Local', 'host'],
      cn: [' Jane DOE '],
    }
    const policy = read({ Allow: rules, allowwildcardnames: true })
    const constraints = (kind: 'dns' | 'ip' | 'email' | 'uri' | 'cn') =>
      policy?.allow[kind].map((rule) => rule.constraint)
    expect(constraints('dns')).toEqual(['.example.com', 'xn--bcher-kva.de', '1.2.3.4'])
    expect(constraints('ip')).toEqual(['10.1.2.3/8', '10.0.0.0/8', '::ffc0:0:0/90', '2001:db8::1/128'])
    expect(constraints('email')).toEqual(['example.com', 'example.org', 'me@xn--bcher-kva.de'])
    expect(constraints('uri')).toEqual(['.local', 'host'])
    expect(constraints('cn')).toEqual(['jane doe'])
    expect(policy?.allow.dns.map((rule) => rule.path)).toEqual(['allow.dns[0]', 'allow.dns[1]', 'allow.dns[2]'])
    expect(policy?.allowWildcardNames).toBe(true)
    expect(policy?.deny).toEqual({ dns: [], ip: [], email: [], uri: [], cn: [] })
  })

  it.each([
    ['dns', ' ', '" " is empty'],
    ['dns', '.example.com', '".example.com" begins with a dot: write "*.example.com"'],
    ['dns', '*', '"*" has a wildcard that is not its whole first label'],
    ['dns', 'a.*.b', '"a.*.b" has a wildcard that is not its whole first label'],
    ['dns', '*a.b', '"*a.b" has a wildcard that is not its whole first label'],
    ['dns', 'a..b', '"a..b" is not a domain'],
    ['dns', 'a.b.', '"a.b." is not a domain'],
    ['dns', 'a_b', '"a_b" is not a domain'],
    ['dns', '-a.b', '"-a.b" is not a domain'],
    ['dns', 'xn--', '"xn--" is not a domain'],
    ['ip', '10.0.0.0/33', '"10.0.0.0/33" has a prefix of more than 32 bits'],
    ['ip', '10.0.0', '"10.0.0" is neither an IP address nor a range in CIDR notation'],
    ['ip', ' ::1', '" ::1" is neither an IP address nor a range in CIDR notation'],
    ['email', '@', '"" is not a domain'],
    ['email', 'a@b@c', '"a@b@c" is neither an e-mail address nor "@" and a domain'],
    ['email', '*@b', '"*@b" is neither an e-mail address nor "@" and a domain'],
    ['email', '@.b', '"@.b" begins with a dot: subdomains need rules of their own'],
    ['email', 'a..b@c', '"a..b@c" is not an e-mail address'],
    ['uri', 'https://a.b', '"https://a.b" has a scheme: write the host alone'],
    ['uri', '10.0.0.1', '"10.0.0.1" is an IP address: rules of URIs are domains'],
    ['uri', 'a:80', '"a:80" is not a domain'],
    ['uri', '[::1]', '"[::1]" is not a domain'],
    ['cn', '*', '"*" is no rule for common names: name them'],
    ['cn', '', '"" is empty'],
  ])('refuses %s rule %j', (kind, rule, message) => {
    expect(() => read({ deny: { [kind]: ['ok', rule].slice(kind === 'ip' ? 1 : 0) } })).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: `policy.deny.${kind}[${kind === 'ip' ? 0 : 1}] is not valid: ${message}`,
      }),
    )
  })

  it.each([
    [{ allow: [] }, 'policy.allow must be an object'],
    [{ allow: { dns: 'a.b' } }, 'policy.allow.dns must be a list'],
    [{ deny: { cn: [null, 1] } }, 'policy.deny.cn[0] must be a text; policy.deny.cn[1] must be a text'],
    [{ allowWildcardNames: 'yes' }, 'policy.allowWildcardNames must be true or false'],
  ])('refuses %j', (json, message) => {
    expect(() => read(json)).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })
})
