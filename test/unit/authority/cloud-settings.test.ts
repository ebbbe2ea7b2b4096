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

describe('a GCP provisioner', () => {
  it('is listed with the values that hold', () => {
    expect(listed({ type: 'gcp', name: 'g', serviceAccounts: [] })).toBe(
      '{"type":"GCP","name":"g","disableCustomSANs":false,"disableTrustOnFirstUse":false,"disableSSHCAUser":true,"disableSSHCAHost":false,"instanceAge":"0s"}',
    )
  })

  it('takes its members in any case, and lists them as step does', () => {
    const given = {
      type: 'GCP',
      name: 'g',
      SERVICEACCOUNTS: ['1'],
      projectIds: ['p'],
      organizationid: '',
      disablecustomsans: true,
      disableTRUSTonFirstUse: true,
      disableSSHCAuser: false,
      disableSSHCAhost: true,
      instanceage: '1h',
      claims: {},
    }
    expect(listed(given)).toBe(
      '{"type":"GCP","name":"g","serviceAccounts":["1"],"projectIDs":["p"],"disableCustomSANs":true,"disableTrustOnFirstUse":true,"disableSSHCAUser":false,"disableSSHCAHost":true,"instanceAge":"1h0m0s","claims":{}}',
    )
  })

  it.each([
    [{ projectIDs: 'p' }, 'provisioners[0].projectIDs must be a list'],
    [{ instanceAge: 5 }, 'provisioners[0].instanceAge must be a text'],
    [
      { organizationID: '1' },
      'provisioners[0].organizationID is not supported, for it needs credentials of Google: list the projects in projectIDs',
    ],
  ])('with %j is a fault', (changes, message) => {
    expect(() => read({ type: 'GCP', name: 'g', ...changes })).toThrow(
      expect.objectContaining({ code: 'malformed', message }),
    )
  })
})

describe('an Azure provisioner', () => {
  it('is listed with the values that hold', () => {
    expect(listed({ type: 'AZURE', name: 'z', tenantId: 't' })).toBe(
      '{"type":"Azure","name":"z","tenantID":"t","resourceGroups":null,"subscriptionIDs":null,"objectIDs":null,"audience":"https://management.azure.com/","disableCustomSANs":false,"disableTrustOnFirstUse":false}',
    )
  })

  it('takes its members in any case, and lists them as step does', () => {
    const given = {
      type: 'Azure',
      name: 'z',
      TENANTID: 't',
      resourcegroups: ['r'],
      subscriptionIds: [],
      ObjectIDs: ['o'],
      Audience: 'api://ca',
      disableCustomSans: true,
      disableTrustOnFirstUSE: true,
      options: {},
    }
    expect(listed(given)).toBe(
      '{"type":"Azure","name":"z","tenantID":"t","resourceGroups":["r"],"subscriptionIDs":[],"objectIDs":["o"],"audience":"api://ca","disableCustomSANs":true,"disableTrustOnFirstUse":true,"options":{}}',
    )
  })

  it.each([
    [{ tenantID: undefined }, 'provisioners[0].tenantID is missing'],
    [{ tenantID: '' }, 'provisioners[0].tenantID must not be empty'],
    [{ objectIDs: {} }, 'provisioners[0].objectIDs must be a list'],
  ])('with %j is a fault', (changes, message) => {
    expect(() => read({ type: 'Azure', name: 'z', tenantID: 't', ...changes })).toThrow(
      expect.objectContaining({ code: 'malformed', message }),
    )
  })
})

it('every published certificate of AWS has an RSA key', () => {
  for (const [region, pem] of Object.entries(published.certificates)) {
    const kinds = parseCertificates(pem).map((certificate) => certificate.publicKey().asymmetricKeyType)
    expect([region, kinds]).toEqual([region, ['rsa']])
  }
})
