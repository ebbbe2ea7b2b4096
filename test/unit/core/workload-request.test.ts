import { describe, expect, it } from 'vitest'
import { namesOf, parseWorkloadRequest } from '../../../src/core/workload-request.ts'

const good = {
  dnsNames: ['Web.Shop.svc', 'web.shop.svc'],
  ipAddresses: ['FD00::1'],
  uris: ['spiffe://a/b'],
  emailAddresses: ['a@b.c'],
  podIPs: true,
  keyAlgorithm: 'EC-P256',
}
const parse = (changes: object) => () => parseWorkloadRequest(JSON.stringify({ ...good, ...changes }))

describe('SIGNET_REQUEST', () => {
  it('comes in normal form', () => {
    const request = parse({ commonName: 'web.shop.svc', duration: '1.5h' })()
    expect(request).toEqual({
      commonName: 'web.shop.svc',
      dnsNames: ['web.shop.svc'],
      ipAddresses: ['fd00::1'],
      uris: ['spiffe://a/b'],
      emailAddresses: ['a@b.c'],
      podIPs: true,
      duration: '1h30m0s',
      keyAlgorithm: 'EC-P256',
    })
    expect(namesOf(request)).toEqual({
      dns: ['web.shop.svc'],
      ips: ['fd00::1'],
      emails: ['a@b.c'],
      uris: ['spiffe://a/b'],
    })
    expect(parseWorkloadRequest(JSON.stringify(request))).toEqual(request)
  })

  it.each([
    [{ x: 1 }, 'SIGNET_REQUEST.x is not known'],
    [{ dnsNames: undefined }, 'SIGNET_REQUEST.dnsNames is missing'],
    [{ dnsNames: 'a' }, 'SIGNET_REQUEST.dnsNames must be a list'],
    [{ dnsNames: [1] }, 'SIGNET_REQUEST.dnsNames[0] must be a text'],
    [{ uris: ['a'] }, 'SIGNET_REQUEST.uris[0] is not valid: "a" is not a URI'],
    [{ ipAddresses: ['a'] }, 'SIGNET_REQUEST.ipAddresses[0] is not valid: "a" is not an IP address'],
    [
      { dnsNames: Array.from({ length: 101 }, (_, index) => `a${index}.b`) },
      'SIGNET_REQUEST.dnsNames must have at most 100 names',
    ],
    [{ podIPs: 'yes' }, 'SIGNET_REQUEST.podIPs must be true or false'],
    [{ duration: '0s' }, 'SIGNET_REQUEST.duration must be longer than zero'],
    [
      { keyAlgorithm: 'DSA' },
      'SIGNET_REQUEST.keyAlgorithm must be one of EC-P256, EC-P384, EC-P521, RSA-2048, RSA-3072, RSA-4096, Ed25519',
    ],
    [{ commonName: 'a'.repeat(65) }, 'SIGNET_REQUEST.commonName must have at most 64 characters'],
    [{ podIPs: 1, x: 2 }, 'SIGNET_REQUEST.x is not known; SIGNET_REQUEST.podIPs must be true or false'],
  ])('refuses %j', (changes, message) => {
    expect(parse(changes)).toThrow(expect.objectContaining({ code: 'malformed', message }))
  })

  it.each([
    ['{', 'SIGNET_REQUEST is not JSON'],
    ['[]', 'SIGNET_REQUEST must be an object'],
    [`"${'a'.repeat(65_536)}"`, 'SIGNET_REQUEST is longer than 65536 characters'],
  ])('refuses case %#', (text, message) => {
    expect(() => parseWorkloadRequest(text)).toThrow(message)
  })
})
