import { describe, expect, test } from 'vitest'
import { isSignetError } from '../../../../src/core/errors.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { encodePem } from '../../../../src/core/pem.ts'
import { issuerFactsOf, type CertificateContent } from '../../../../src/core/x509/build.ts'
import { certificatesToPem, parseCertificate, type Certificate } from '../../../../src/core/x509/certificate.ts'
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../../../../src/core/x509/csr.ts'
import { createName, subjectFieldsOf } from '../../../../src/core/x509/name.ts'
import { exportPrivateKey, generateKeyPair } from '../../../../src/core/x509/private-key.ts'
import { encodeProvisionerExtension } from '../../../../src/core/x509/provisioner-extension.ts'
import { verifyCertificateSignature, verifyChain } from '../../../../src/core/x509/verify.ts'
import {
  day,
  emptyName,
  hour,
  leafContent,
  signedBy,
  spkiOf,
  testLeaf,
  testPki,
  testTime,
} from '../../../builders/x509.ts'
import { openssl, withFiles } from './openssl.ts'

const pki = await testPki()
const names = {
  dns: ['a.example.com', '*.b.example.com'],
  ips: ['10.0.0.1', '2001:db8::1'],
  emails: ['me@example.com'],
  uris: ['spiffe://cluster.local/ns/a/sa/b'],
}

test('prints our certificate as we meant it', () => {
  const leaf = testLeaf(pki, {
    names,
    serial: '255',
    subject: createName({ country: ['DE'], organization: ['Acme'], commonName: 'a.example.com' }),
    notAfter: Date.UTC(2050, 0, 1),
    basicConstraints: { isCA: true, pathLength: 2 },
    nameConstraints: {
      permitted: { ...noNames, dns: ['.example.com'], ips: ['10.0.0.0/9'] },
      excluded: { ...noNames, emails: ['example.org'], uris: ['example.org'] },
    },
    extensions: [encodeProvisionerExtension({ type: 1, name: 'me', credentialId: 'kid', keyValuePairs: [] })],
  })
  const text = openssl(['x509', '-noout', '-text'], certificatesToPem(leaf))
  for (const line of [
    'Version: 3 (0x2)',
    'Serial Number: 255 (0xff)',
    'Issuer: O = Test, CN = Test Intermediate CA',
    'Not Before: Jan 15 11:00:00 2026 GMT',
    'Not After : Jan  1 00:00:00 2050 GMT',
    'Subject: C = DE, O = Acme, CN = a.example.com',
    'X509v3 Key Usage: critical\n                Digital Signature\n',
    'TLS Web Server Authentication, TLS Web Client Authentication',
    'X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:2\n',
    'DNS:a.example.com, DNS:*.b.example.com, email:me@example.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:spiffe://cluster.local/ns/a/sa/b',
    'Permitted:\n                  DNS:.example.com\n                  IP:10.0.0.0/255.128.0.0\n',
    'Excluded:\n                  email:example.org\n                  URI:example.org\n',
    '1.3.6.1.4.1.37476.9000.64.1:',
    'Signature Algorithm: ecdsa-with-SHA256',
  ]) {
    expect(text).toContain(line)
  }
  const named = testLeaf(pki, { subject: emptyName })
  expect(openssl(['x509', '-noout', '-text'], certificatesToPem(named))).toContain('Alternative Name: critical')
})

describe.each(['EC-P256', 'EC-P384', 'EC-P521', 'RSA-2048', 'Ed25519'] as const)('with %s', (algorithm) => {
  test('verifies our requests and we verify its own', async () => {
    const { privateKey } = await generateKeyPair(algorithm)
    const subject = createName({ commonName: 'a' })
    const request = encodePem('CERTIFICATE REQUEST', createCertificateRequest({ subject, names, privateKey }))
    expect(openssl(['req', '-verify', '-noout', '-subject'], request)).toContain('subject=CN = a')
    const theirs = withFiles({ key: exportPrivateKey(privateKey, 'PKCS8') }, (pathOf) =>
      openssl(
        ['req', '-new', '-key', pathOf('key'), '-utf8', '-multivalue-rdn', '-subj', '/C=DE/O=Söhne+OU=x/CN=b']
          .concat([
            '-addext',
            'subjectAltName=DNS:b,IP:::1,email:me@b.org,URI:https://b/,otherName:1.2.3;UTF8:x,RID:1.2.3',
          ])
          .concat([
            '-addext',
            'keyUsage=critical,digitalSignature,encipherOnly',
            '-addext',
            'extendedKeyUsage=1.2.3,clientAuth',
          ])
          .concat(['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:3']),
        '',
      ),
    )
    const ours = parseCertificateRequest(theirs)
    verifyCertificateRequest(ours)
    expect(subjectFieldsOf(ours.subject)).toEqual({
      country: ['DE'],
      organization: ['Söhne'],
      organizationalUnit: ['x'],
      commonName: 'b',
    })
    expect(ours).toMatchObject({
      names: { dns: ['b'], ips: ['::1'], emails: ['me@b.org'], uris: ['https://b/'] },
      keyUsage: ['digitalSignature', 'encipherOnly'],
      extKeyUsage: ['1.2.3', 'clientAuth'],
      isCA: true,
      pathLength: 3,
    })
    expect(ours.otherNames).toHaveLength(2)
  })

  test('verifies our chains', async () => {
    const made = await testPki(algorithm)
    expect(opensslTrusts(testLeaf(made), [made.intermediate], made.root)).toBe(true)
  })
})

test('signs with RSA-PSS, which we read, verify and carry on', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RSA-2048')
  const pem = withFiles({ key: exportPrivateKey(privateKey, 'PKCS8') }, (pathOf) =>
    openssl(
      ['req', '-x509', '-new', '-key', pathOf('key'), '-subj', '/CN=PSS', '-days', '30', '-sha384'].concat([
        '-sigopt',
        'rsa_padding_mode:pss',
        '-sigopt',
        'rsa_pss_saltlen:digest',
        '-addext',
        'keyUsage=keyCertSign',
      ]),
      '',
    ),
  )
  const root = parseCertificate(pem)
  expect(root.signatureAlgorithm).toBe('SHA384-RSAPSS')
  expect(verifyCertificateSignature(root, root)).toBe(true)
  expect(issuerFactsOf(root).signatureAlgorithm).toBe('SHA384-RSAPSS')
  expect(root.spki).toEqual(spkiOf(publicKey))
  const leaf = signedBy(root, privateKey, {
    ...leafContent(pki),
    notBefore: root.notBefore,
    notAfter: root.notAfter,
  })
  expect(opensslTrusts(leaf, [], root, root.notBefore + hour)).toBe(true)
  expect(verifyChain(leaf, [], [root], { at: root.notBefore + hour })).toHaveLength(2)
})

/** Does `openssl verify`, strict, trust the leaf for TLS clients at this moment? */
function opensslTrusts(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  root: Certificate,
  at = testTime,
): boolean {
  const files = {
    leaf: certificatesToPem(leaf),
    intermediates: certificatesToPem(...intermediates),
    root: certificatesToPem(root),
  }
  return withFiles(files, (pathOf) => {
    const untrusted = intermediates.length > 0 ? ['-untrusted', pathOf('intermediates')] : []
    const command = [
      'verify',
      '-CAfile',
      pathOf('root'),
      '-purpose',
      'sslclient',
      '-attime',
      String(Math.floor(at / 1000)),
    ]
    try {
      return openssl([...command, ...untrusted, pathOf('leaf')], '').includes(': OK')
    } catch (error) {
      if (!String(error).includes('verification failed')) throw error
      return false
    }
  })
}

describe('agrees with us', () => {
  /** An intermediate with these changes, and a leaf below it. */
  const beneath = (changes: Partial<CertificateContent>, leaf: Partial<CertificateContent> = {}) => {
    const intermediate = signedBy(pki.root, pki.rootKey, {
      ...leafContent(pki),
      serial: '20',
      subject: pki.intermediate.subject,
      names: noNames,
      spki: pki.intermediate.spki,
      notAfter: testTime + 100 * day,
      keyUsage: ['certSign'],
      extKeyUsage: [],
      basicConstraints: { isCA: true },
      ...changes,
    })
    return { intermediate, leaf: signedBy(intermediate, pki.intermediateKey, leafContent(pki, leaf)) }
  }
  const dnsOnly = { permitted: { ...noNames, dns: ['example.com'] }, excluded: noNames }
  const noAddresses = { permitted: noNames, excluded: { ...noNames, ips: ['0.0.0.0/0'] } }
  const mail = { permitted: { ...noNames, emails: ['example.org'] }, excluded: noNames }

  test.each<
    [title: string, expected: boolean, intermediate: Partial<CertificateContent>, leaf?: Partial<CertificateContent>]
  >([
    ['an ordinary chain', true, {}],
    ['an intermediate that is no CA', false, { basicConstraints: { isCA: false } }],
    ['an intermediate without certSign', false, { keyUsage: ['crlSign'] }],
    ['an expired intermediate', false, { notAfter: testTime - hour / 2 }],
    ['an intermediate for servers only', false, { extKeyUsage: ['serverAuth'] }],
    [
      'an unknown critical extension',
      false,
      { extensions: [{ oid: '1.2.3', critical: true, value: new Uint8Array([5, 0]) }] },
    ],
    ['a permitted DNS name', true, { nameConstraints: dnsOnly }],
    [
      'a DNS name that is not permitted',
      false,
      { nameConstraints: dnsOnly },
      { names: { ...noNames, dns: ['a.example.org'] } },
    ],
    ['an excluded address', false, { nameConstraints: noAddresses }, { names: { ...noNames, ips: ['10.0.0.1'] } }],
    ['an address of the other family', true, { nameConstraints: noAddresses }, { names: { ...noNames, ips: ['::1'] } }],
    [
      'a mailbox of a permitted host',
      true,
      { nameConstraints: mail },
      { names: { ...noNames, emails: ['me@example.org'] } },
    ],
    [
      'a mailbox below a permitted host',
      false,
      { nameConstraints: mail },
      { names: { ...noNames, emails: ['me@a.example.org'] } },
    ],
    ['a leaf for servers', false, {}, { extKeyUsage: ['serverAuth'] }],
    ['an expired leaf', false, {}, { notAfter: testTime - 1000 }],
    ['a leaf of the future', false, {}, { notBefore: testTime + 1000 }],
  ])('on %s: %s', (_, expected, changes, leafChanges) => {
    const { intermediate, leaf } = beneath(changes, leafChanges)
    const ours = (): boolean => {
      try {
        return verifyChain(leaf, [intermediate], [pki.root], { at: testTime, usage: 'clientAuth' }).length === 3
      } catch (error) {
        if (!isSignetError(error, 'unauthorized')) throw error
        return false
      }
    }
    expect(ours()).toBe(expected)
    expect(opensslTrusts(leaf, [intermediate], pki.root)).toBe(expected)
  })
})
