import { describe, expect, it } from 'vitest'
import published from '../../../src/authority/provisioners/aws-certificates.json' with { type: 'json' }
import { readProvisioners } from '../../../src/authority/provisioners/index.ts'
import { SignetError } from '../../../src/core/errors.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { parseCertificates } from '../../../src/core/x509/certificate.ts'
import { aCloudKey, certificateOf } from '../../builders/instance-tokens.ts'

const files: Readonly<Record<string, string>> = { 'iid.pem': certificateOf(aCloudKey()), 'empty.pem': '' }

function read(json: object) {
  return readJson([json], 'provisioners', (node) =>
    readProvisioners(node, (path) => {
      const text = files[path]
      if (text === undefined) throw new SignetError('malformed', `${path}: there is no such file`)
      return text
    }),
  )
}

/** As it is listed: members in order. */
const listed = (json: object): string => JSON.stringify(read(json)[0]?.json)

describe('an AWS provisioner', () => {
  it('is listed with the values that hold', () => {
    expect(listed({ type: 'aws', name: 'a' })).toBe(
      '{"type":"AWS","name":"a","accounts":null,"disableCustomSANs":false,"disableTrustOnFirstUse":false,"imdsVersions":["v2","v1"],"instanceAge":"0s"}',
    )
  })

  it('takes its members in any case, and lists them as step does', () => {
    const given = {
      TYPE: 'AWS',
      Name: 'a',
      ACCOUNTS: ['1'],
      disablecustomsans: true,
      DisableTrustOnFirstUse: true,
      imdsversions: ['v1'],
      INSTANCEAGE: '90m',
      iidroots: 'iid.pem',
      Claims: { MaxTLSCertDuration: '48h' },
      options: { x509: {} },
    }
    expect(listed(given)).toBe(
      '{"type":"AWS","name":"a","accounts":["1"],"disableCustomSANs":true,"disableTrustOnFirstUse":true,"imdsVersions":["v1"],"instanceAge":"1h30m0s","iidRoots":"iid.pem","claims":{"maxTLSCertDuration":"48h0m0s"},"options":{"x509":{}}}',
    )
  })

  it.each([
    [{ accounts: '1' }, 'provisioners[0].accounts must be a list'],
    [{ accounts: [1] }, 'provisioners[0].accounts[0] must be a text'],
    [{ imdsVersions: ['v3'] }, 'provisioners[0].imdsVersions "v3" is not supported: write v1 or v2'],
    [{ instanceAge: '-1h' }, 'provisioners[0].instanceAge must not be negative'],
    [
      { instanceAge: '1d' },
      'provisioners[0].instanceAge is not valid: "1d" is not a duration: write it as 24h or 1h30m',
    ],
    [{ disableCustomSANs: 'yes' }, 'provisioners[0].disableCustomSANs must be true or false'],
    [{ iidRoots: 'no.pem' }, 'provisioners[0].iidRoots is not valid: no.pem: there is no such file'],
    [{ iidRoots: 'empty.pem' }, 'provisioners[0].iidRoots is not valid: PEM text holds no CERTIFICATE block'],
  ])('with %j is a fault', (changes, message) => {
    expect(() => read({ type: 'AWS', name: 'a', ...changes })).toThrow(
      expect.objectContaining({ code: 'malformed', message }),
    )
  })

  it('reads no files where there are none', () => {
    const json = [{ type: 'AWS', name: 'a', iidRoots: 'iid.pem' }]
    expect(() => readJson(json, 'provisioners', (node) => readProvisioners(node))).toThrow(
      'provisioners[0].iidRoots is not valid: files are not read here',
    )
  })
})

it('every published certificate of AWS has an RSA key', () => {
  for (const [region, pem] of Object.entries(published.certificates)) {
    const kinds = parseCertificates(pem).map((certificate) => certificate.publicKey().asymmetricKeyType)
    expect([region, kinds]).toEqual([region, ['rsa']])
  }
})
