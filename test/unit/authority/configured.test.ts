import { describe, expect, it } from 'vitest'
import { readProvisioner } from '../../../src/authority/provisioners/index.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { aConfig, anAuthority, noon, someProvisioners } from '../../builders/authority.ts'
import { aRoot, pemOf } from '../../builders/ca-material.ts'
import { aCsr } from '../../builders/csr.ts'
import { key, token } from './jwk-harness.ts'

const read = (json: object) => readJson(json, 'p', readProvisioner)
/** As it is listed: what JSON leaves out is not there. */
const listed = (json: object): string => JSON.stringify(read(json)?.json)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const pem = pemOf(aRoot(noon))

describe('provisioners that are only listed', () => {
  it.each([
    ['ACME', { type: 'acme', name: 'a' }, { type: 'ACME', name: 'a' }],
    [
      'ACME with everything',
      {
        OPTIONS: { x509: {} },
        claims: { maxTLSCertDuration: '48h' },
        attestationroots: base64(pem),
        attestationFormats: ['apple', 'STEP'],
        challenges: ['http-01', 'DNS-01'],
        requireEAB: true,
        caaIdentities: ['a.test'],
        website: 'https://a.test',
        termsOfService: 'https://a.test/tos',
        FORCECN: true,
        name: 'a',
        type: 'ACME',
      },
      {
        type: 'ACME',
        name: 'a',
        forceCN: true,
        termsOfService: 'https://a.test/tos',
        website: 'https://a.test',
        caaIdentities: ['a.test'],
        requireEAB: true,
        challenges: ['http-01', 'DNS-01'],
        attestationFormats: ['apple', 'STEP'],
        attestationRoots: base64(pem),
        claims: { maxTLSCertDuration: '48h0m0s' },
        options: { x509: {} },
      },
    ],
    [
      'ACME with what means nothing',
      { type: 'ACME', name: 'a', forceCN: false, website: '', challenges: [], attestationRoots: '', requireEAB: null },
      { type: 'ACME', name: 'a' },
    ],
    [
      'SCEP, its secrets redacted',
      {
        type: 'SCEP',
        name: 's',
        challenge: 'secret',
        decrypterKeyPassword: 'secret',
        capabilities: ['AES'],
        includeRoot: true,
        minimumPublicKeyLength: 3072,
        encryptionAlgorithmIdentifier: 2,
        claims: {},
        options: {},
      },
      {
        type: 'SCEP',
        name: 's',
        forceCN: false,
        challenge: '*** REDACTED ***',
        capabilities: ['AES'],
        includeRoot: true,
        excludeIntermediate: false,
        minimumPublicKeyLength: 3072,
        decrypterCertificate: base64('*** REDACTED ***'),
        decrypterKeyPEM: base64('*** REDACTED ***'),
        decrypterKey: '*** REDACTED ***',
        decrypterKeyPassword: '*** REDACTED ***',
        encryptionAlgorithmIdentifier: 2,
        options: {},
        claims: {},
      },
    ],
  ])('are listed in step-ca’s order: %s', (_, json, expected) => {
    expect(listed(json)).toBe(JSON.stringify(expected))
  })

  it.each([
    [{ type: 'ACME', challenges: ['http-02'] }, 'acme challenge "http-02" is not supported'],
    [{ type: 'ACME', attestationFormats: ['x'] }, 'acme attestation format "x" is not supported'],
    [{ type: 'ACME', attestationRoots: base64('no PEM') }, 'error parsing attestationRoots: no certificates found'],
    [
      { type: 'ACME', attestationRoots: base64('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n') },
      'error parsing attestationRoots: malformed certificate',
    ],
    [{ type: 'SCEP', minimumPublicKeyLength: 2047 }, '2047 bits is not exactly divisible by 8'],
    [{ type: 'SCEP', encryptionAlgorithmIdentifier: 5 }, 'only encryption algorithm identifiers from 0 to 4 are valid'],
    [
      { type: 'ACME', challenges: ['wire-dpop-01'] },
      'failed initializing Wire options: failed getting Wire options: no options available',
    ],
    [
      { type: 'ACME', challenges: ['Wire-OIDC-01'], options: { x509: {} } },
      'failed initializing Wire options: failed getting Wire options: no Wire options available',
    ],
    [{ type: 'Nebula' }, 'provisioner root(s) cannot be empty'],
    [{ type: 'Nebula', roots: base64('x') }, 'Nebula certificates are not served'],
  ])('are uninitialized where step-ca’s would be: %j', (json, stateReason) => {
    expect(read({ ...json, name: 'n' })?.json).toMatchObject({ state: 'Uninitialized', stateReason })
  })

  it.each([
    [{}, null],
    [{ roots: null }, null],
    [{ roots: '' }, ''],
  ])('tell roots that are missing from empty ones, as Go does: %j', (json, roots) => {
    expect(read({ type: 'Nebula', name: 'n', ...json })?.json).toMatchObject({ roots })
  })

  it('have an SSHPOP without options', () => {
    const json = { type: 'SSHPOP', name: 'n', options: { x509: {} }, claims: { disableRenewal: true } }
    expect(listed(json)).toBe('{"type":"SSHPOP","name":"n","claims":{"disableRenewal":true}}')
  })

  it.each([
    [{ type: 'ACME', forceCN: 'yes' }, 'p.forceCN must be true or false'],
    [{ type: 'ACME', challenges: 'http-01' }, 'p.challenges must be a list'],
    [{ type: 'ACME', attestationRoots: '*' }, 'p.attestationRoots must be base64'],
    [{ type: 'SCEP', minimumPublicKeyLength: 'long' }, 'p.minimumPublicKeyLength must be a whole number'],
    [{ type: 'Nebula', roots: ['x'] }, 'p.roots must be a text'],
  ])('are faults where step-ca cannot read them: %j', (json, message) => {
    expect(() => read({ ...json, name: 'n' })).toThrow(message)
  })

  it.each(['ACME', 'SCEP', 'SSHPOP', 'Nebula'])('let nobody in with a token: %s', async (type) => {
    const { authority } = anAuthority(aConfig({ provisioners: someProvisioners({ type, name: 'x' }) }))
    const aud = `https://ca.example.com/1.0/sign#${type.toLowerCase()}/x`
    const request = { csr: aCsr(), token: token({ aud }, { kid: key.kid }) }
    await expect(authority.signX509(request, { requestId: 'r-1' })).rejects.toMatchObject({
      code: 'unauthorized',
      message: `provisioner "x" of type ${type} takes no tokens`,
    })
  })
})
