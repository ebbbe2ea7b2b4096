import { describe, expect, it } from 'vitest'
import { wantedCertificate } from '../../../src/core/wanted-certificate.ts'

describe('what a Certificate wants', () => {
  it('decides what the spec leaves open', () => {
    expect(wantedCertificate({ secretName: 's', dnsNames: ['Web.shop.svc'] })).toEqual({
      commonName: '',
      names: { dns: ['web.shop.svc'], ips: [], emails: [], uris: [] },
      subject: {},
      usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
      isCA: false,
      duration: undefined,
      keyAlgorithm: 'EC-P256',
      authority: 'signet',
    })
  })

  it('takes an empty list of usages for the default, as cert-manager does', () => {
    expect(wantedCertificate({ dnsNames: ['a'], usages: [] }).usages).toEqual(
      wantedCertificate({ dnsNames: ['a'] }).usages,
    )
  })

  it('takes everything over', () => {
    const wanted = wantedCertificate({
      commonName: 'web.shop.svc',
      ipAddresses: ['10.0.0.1'],
      uris: ['https://a/'],
      emailAddresses: ['a@b.c'],
      subject: { organizations: ['o'], streetAddresses: ['s'], serialNumber: '1' },
      usages: ['server auth'],
      isCA: true,
      duration: '2h',
      privateKey: { algorithm: 'ECDSA', size: 384, rotationPolicy: 'Always' },
      authorityRef: { name: 'second', kind: 'Authority', group: 'signet.dev' },
    })
    expect(wanted).toEqual({
      commonName: 'web.shop.svc',
      names: { dns: ['web.shop.svc'], ips: ['10.0.0.1'], emails: ['a@b.c'], uris: ['https://a/'] },
      subject: { organization: ['o'], streetAddress: ['s'], serialNumber: '1', commonName: 'web.shop.svc' },
      usages: ['server auth', 'cert sign'],
      isCA: true,
      duration: 7_200_000,
      keyAlgorithm: 'EC-P384',
      authority: 'second',
    })
  })

  it.each([
    [{ algorithm: 'RSA' }, 'RSA-2048'],
    [{ size: 4096 }, 'RSA-4096'],
    [{ size: 521 }, 'EC-P521'],
    [{ algorithm: 'Ed25519' }, 'Ed25519'],
    [{}, 'EC-P256'],
  ])('chooses the key for %j', (privateKey, keyAlgorithm) => {
    expect(wantedCertificate({ privateKey }).keyAlgorithm).toBe(keyAlgorithm)
  })

  it('leaves a common name alone that is another name, or no DNS name', () => {
    expect(wantedCertificate({ commonName: 'a@b.c', emailAddresses: ['a@b.c'] }).names.dns).toEqual([])
    expect(wantedCertificate({ commonName: 'The Boss' }).names.dns).toEqual([])
  })

  it('tells all faults', () => {
    expect(() => wantedCertificate({ privateKey: { size: 1024 }, isCA: 'x', subject: [] })).toThrow(
      'spec.isCA must be true or false; spec.subject must be an object; spec.privateKey.size is not a size of ECDSA keys',
    )
    expect(() => wantedCertificate(null)).toThrow('spec must be an object')
  })
})
