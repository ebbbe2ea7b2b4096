import { validBlocks } from './bases.ts'

const typeOf: Readonly<Record<string, string>> = { oidc: 'OIDC', x5c: 'X5C', aws: 'AWS', gcp: 'GCP', azure: 'Azure' }

const offline = { issuer: 'https://kubernetes.default.svc', trustDomain: 'east.example.org' }

/**
 * Values that break each CEL rule, by its `fieldPath` and message; each is put where the schema with the rule stands. A
 * rule that is not here fails the test.
 */
export const breakingValues: Readonly<Record<string, readonly unknown[]>> = {
  'must be a duration longer than zero in h, m and s, such as 24h or 90m': ['0s', 'soon', '-1h'],
  'must be a DNS name in ASCII, such as ca.example.com': ['a b', '*.example.com', 'example.com.'],
  'must be a DNS name in ASCII, such as web.shop.svc or *.example.com': ['a..b', 'a.*.b', 'bücher.de'],
  'must be the name of a Kubernetes object: lower-case letters, digits, dots and -': ['Web', 'web_1'],
  'must be the name of a namespace: lower-case letters, digits and -': ['a.b'],
  'must be a quantity greater than zero, such as 1Gi': ['0', 'much'],
  'must be PEM with at least one CERTIFICATE block': ['MAAwAA=='],
  'must be a SPIFFE trust domain: lower-case letters, digits, ., - and _': ['Example.org'],
  'must be an IPv4 or IPv6 address': ['10.0.0', '10.0.0.0/8'],
  'must be a CIDR such as 10.0.0.0/8, or an IP address': ['10.0.0.0/40'],
  'must be an absolute URI in ASCII, such as https://example.com/a': ['/relative'],
  'must be an e-mail address in ASCII, such as someone@example.com': ['someone'],
  'must not contain placeholders but ${namespace} and ${serviceAccount}': ['${pod}'],
  'exactly one of generate, secret and external must be set': [{}, { generate: {}, secret: { name: 'x' } }],
  '.minTLSCertDuration must not be longer than maxTLSCertDuration': [
    { minTLSCertDuration: '2h', maxTLSCertDuration: '1h' },
  ],
  '.minTLSCertDuration must not be longer than defaultTLSCertDuration': [
    { minTLSCertDuration: '2h', defaultTLSCertDuration: '1h' },
  ],
  '.defaultTLSCertDuration must not be longer than maxTLSCertDuration': [
    { defaultTLSCertDuration: '2h', maxTLSCertDuration: '1h' },
  ],
  '.renewPeriod must not be longer than cacheDuration': [{ enabled: true, cacheDuration: '1h', renewPeriod: '61m' }],
  '.validity must be from 1m to 12h': [
    { enabled: true, validity: '59s' },
    { enabled: true, validity: '13h' },
  ],
  '.crl must have an idpURL that is one of urls.crl: verifiers compare the two': [
    { crl: { enabled: true, idpURL: 'http://a.example.org/' }, urls: { crl: ['http://b.example.org/'] } },
  ],
  'an EC key needs crv, x and y': [{ kty: 'EC', kid: 'k', crv: 'P-256', x: 'eA' }],
  'an RSA key needs n and e': [{ kty: 'RSA', kid: 'k', n: 'bg' }],
  'an OKP key needs crv and x': [{ kty: 'OKP', kid: 'k', x: 'eA' }],
  '.jwk must be set where type is JWK, and only there': [
    { type: 'JWK' },
    { type: 'K8sSA', k8sSA: {}, jwk: { key: { kty: 'OKP', kid: 'k', crv: 'Ed25519', x: 'eA' } } },
  ],
  '.k8sSA must be set where type is K8sSA, and only there': [
    { type: 'K8sSA' },
    { type: 'JWK', k8sSA: {}, jwk: { key: { kty: 'OKP', kid: 'k', crv: 'Ed25519', x: 'eA' } } },
  ],
  ...Object.fromEntries(
    ['oidc', 'x5c', 'aws', 'gcp', 'azure'].map((block) => [
      `.${block} must be set where type is ${typeOf[block]}, and only there`,
      [{ type: typeOf[block] }, { type: 'K8sSA', k8sSA: {}, [block]: validBlocks[block] }],
    ]),
  ),
  'must be PEM with at least one public key': ['MAAwAA=='],
  '.publicKeys must be set for offline or legacyTokens only: nothing else is verified by them': [
    { publicKeys: '-----BEGIN PUBLIC KEY-----' },
    { publicKeys: '-----BEGIN PUBLIC KEY-----', legacyTokens: false },
  ],
  '.legacyTokens must be set together with publicKeys': [{ legacyTokens: true }],
  '.offline must not be set together with delegates or requireSourceAddress, which need an API server': [
    { offline, requireSourceAddress: true },
    { offline, delegates: [{ namespace: 'shop', serviceAccount: 'web' }] },
  ],
  '.projectIDs projectIDs or serviceAccounts must be set: otherwise every instance of every customer may ask': [{}],
  'must be a URL that begins with https:// or http://': ['ldap://example.com/', 'https://a b'],
  'must be JSON or a template of JSON, which begins with {': ['"x"', 'eyJhIjogMX0='],
  'at least one of dns, ip, email, uri and cn must be set': [{}],
  '.dnsNames at least one of commonName, dnsNames, ipAddresses, uris and emailAddresses must be set': [
    { secretName: 'web-tls' },
    { secretName: 'web-tls', dnsNames: [] },
  ],
  '.renewBeforePercentage must not be set together with renewBefore': [
    { secretName: 'web-tls', commonName: 'web', renewBefore: '1h', renewBeforePercentage: 10 },
  ],
  '.renewBefore must be shorter than duration': [
    { secretName: 'web-tls', commonName: 'web', renewBefore: '1h', duration: '60m' },
  ],
  '.size must be 2048, 3072 or 4096 for RSA and 256, 384 or 521 for ECDSA': [
    { algorithm: 'RSA', size: 256 },
    { algorithm: 'ECDSA', size: 2048 },
    { size: 1024 },
  ],
  '.size must not be set for Ed25519, which has one size': [{ algorithm: 'Ed25519', size: 256 }],
  '.encoding must be PKCS8 for Ed25519, which has no other form': [{ algorithm: 'Ed25519', encoding: 'PKCS1' }],
  'must not have keys that start with signet.dev/, which are written by Signet': [{ 'signet.dev/x': 'y' }],
  'must have keys such as team or example.com/team, of at most 63 characters after a DNS name of at most 253': [
    { 'a b': 'x' },
    { 'example.com/a/b': 'x' },
    { ['a'.repeat(64)]: 'x' },
    { [`${'a'.repeat(254)}/b`]: 'x' },
  ],
  'must have values of letters, digits, -, _ and ., with a letter or digit at both ends': [{ app: 'a b' }],
  '.values must be set for In and NotIn, and only for those': [
    { key: 'env', operator: 'In' },
    { key: 'env', operator: 'NotIn', values: [] },
    { key: 'env', operator: 'Exists', values: ['prod'] },
  ],
  '.nameConstraints must be set where isCA is true': [{ isCA: true }],
  '.allow at least one of allow and deny must be set': [{}],
}

/** Rules that compare with what was there before: only an update can break them. */
export const immutables: Readonly<Record<string, unknown>> = {
  'spec.trustDomain': 'elsewhere.org',
  'spec.storage': { size: '2Gi' },
}
