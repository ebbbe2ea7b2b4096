/** Valid specs of each kind. Between them every field of the schemas is set, so that each can be made wrong. */
export type Spec = Record<string, unknown>

const pem = '-----BEGIN CERTIFICATE-----\nMAAwAA==\n-----END CERTIFICATE-----\n'

const claims = {
  minTLSCertDuration: '5m',
  maxTLSCertDuration: '48h',
  defaultTLSCertDuration: '24h',
  disableRenewal: false,
  allowRenewalAfterExpiry: false,
  disableSmallstepExtensions: false,
}

const authority = (root: Spec, changes: Spec = {}): Spec => ({
  root,
  ...changes,
  trustDomain: 'example.org',
  clusterDomain: 'cluster.local',
  dnsNames: ['ca.example.org'],
  claims,
  admin: { provisioner: 'ops', subject: 'step' },
  storage: { size: '1Gi', storageClassName: 'standard' },
  resources: { requests: { cpu: '100m' }, limits: { memory: '128Mi' } },
})

const names = {
  commonNames: ['web'],
  dnsNames: ['*.${namespace}.svc'],
  ipAddresses: ['10.0.0.0/8'],
  uris: ['https://example.org/*'],
  emailAddresses: ['*@example.org'],
}

const subject = {
  organizations: ['Example'],
  countries: ['SE'],
  organizationalUnits: ['${namespace}'],
  localities: ['Lund'],
  provinces: ['*'],
  streetAddresses: ['*'],
  postalCodes: ['*'],
  serialNumber: ['*'],
}

const values = ['one']

const nameRules = {
  dns: ['*.example.org'],
  ip: ['10.0.0.0/8'],
  email: ['@example.org'],
  uri: ['example.org'],
  cn: ['web'],
}
const policy = { allow: nameRules, deny: nameRules, allowWildcardNames: true }

/** By name of the block in a Provisioner. */
export const validBlocks: Readonly<Record<string, Spec>> = {
  oidc: {
    clientID: 'signet',
    clientSecret: 'none',
    configurationEndpoint: 'https://accounts.example.org',
    tenantID: 'tenant',
    admins: ['you@example.org'],
    domains: ['example.org'],
    groups: values,
    listenAddress: ':10000',
    scopes: ['openid'],
    authParams: ['prompt=login'],
    requireVerifiedEmail: true,
  },
  x5c: { roots: pem },
  aws: {
    accounts: ['123456789012'],
    disableCustomSANs: true,
    disableTrustOnFirstUse: false,
    imdsVersions: ['v2'],
    instanceAge: '1h',
    iidRoots: pem,
  },
  gcp: {
    serviceAccounts: ['web@shop.iam.gserviceaccount.com'],
    projectIDs: ['shop'],
    disableCustomSANs: true,
    disableTrustOnFirstUse: false,
    instanceAge: '1h',
  },
  azure: {
    tenantID: 'tenant',
    resourceGroups: values,
    subscriptionIDs: values,
    objectIDs: values,
    audience: 'https://management.azure.com/',
    disableCustomSANs: true,
    disableTrustOnFirstUse: false,
  },
}

export const validSpecs: Readonly<Record<string, readonly Spec[]>> = {
  Authority: [
    authority(
      { generate: { commonName: 'Example', organization: 'Example', duration: '87600h', keyAlgorithm: 'EC-P256' } },
      {
        crl: {
          enabled: true,
          generateOnRevoke: false,
          cacheDuration: '24h',
          renewPeriod: '16h',
          idpURL: 'http://ca.example.org/crl',
        },
        ocsp: { enabled: true, validity: '1h' },
        policy: { x509: policy },
      },
    ),
    // Not beside an idpURL, for the two are compared: a wrong one would break two rules.
    authority(
      { secret: { name: 'my-root' } },
      {
        urls: {
          ocsp: ['http://ca.example.org/ocsp'],
          issuer: ['http://ca.example.org/ca.cer'],
          crl: ['http://ca.example.org/crl'],
        },
      },
    ),
    authority({ external: { rootCertificates: pem, intermediateCertificate: pem } }),
  ],
  Provisioner: [
    {
      authorityRef: { name: 'signet' },
      type: 'JWK',
      jwk: {
        key: { kty: 'EC', kid: 'k', use: 'sig', alg: 'ES256', crv: 'P-256', x: 'eA', y: 'eQ' },
        encryptedKey: 'a.b.c.d.e',
      },
      claims,
    },
    { type: 'JWK', jwk: { key: { kty: 'RSA', kid: 'k', n: 'bg', e: 'AQAB' } } },
    { type: 'JWK', jwk: { key: { kty: 'OKP', kid: 'k', crv: 'Ed25519', x: 'eA' } } },
    {
      type: 'K8sSA',
      k8sSA: {
        delegates: [{ namespace: 'signet-system', serviceAccount: 'signet-operator' }],
        requireSourceAddress: true,
        usesPerPodPerMinute: 5,
      },
      x509: {
        template: '{"subject": {{ toJson .Subject }}}',
        templateData: { team: ['Payments'], more: {} },
        ...policy,
      },
    },
    {
      type: 'K8sSA',
      k8sSA: {
        offline: {
          issuer: 'https://kubernetes.default.svc',
          trustDomain: 'east.example.org',
          jwksURL: 'https://east.example.org/openid/v1/jwks',
          roots: pem,
          allowUnbound: true,
        },
      },
    },
    { type: 'K8sSA', k8sSA: { publicKeys: '-----BEGIN PUBLIC KEY-----', legacyTokens: true } },
    { type: 'OIDC', oidc: validBlocks['oidc'] },
    { type: 'X5C', x5c: validBlocks['x5c'] },
    { type: 'AWS', aws: validBlocks['aws'] },
    { type: 'GCP', gcp: validBlocks['gcp'] },
    { type: 'Azure', azure: validBlocks['azure'] },
  ],
  Certificate: [
    {
      commonName: 'web',
      dnsNames: ['web.shop.svc', '*.example.org'],
      ipAddresses: ['10.0.0.1'],
      uris: ['https://example.org/web'],
      emailAddresses: ['web@example.org'],
      subject: {
        organizations: values,
        countries: values,
        organizationalUnits: values,
        localities: values,
        provinces: values,
        streetAddresses: values,
        postalCodes: values,
        serialNumber: '1',
      },
      duration: '24h',
      renewBefore: '8h',
      usages: ['server auth', 'client auth'],
      isCA: false,
      privateKey: { algorithm: 'RSA', size: 2048, encoding: 'PKCS1', rotationPolicy: 'Never' },
      secretName: 'web-tls',
      secretTemplate: { labels: { app: 'web' }, annotations: { note: 'x' } },
      authorityRef: { name: 'signet', kind: 'Authority', group: 'signet.dev' },
      revisionHistoryLimit: 1,
    },
    { secretName: 'web-tls', uris: ['spiffe://cluster.local/ns/shop/sa/web'], renewBeforePercentage: 25 },
  ],
  CertificatePolicy: [
    {
      mode: 'Audit',
      namespaceSelector: {
        matchLabels: { team: 'web' },
        matchExpressions: [{ key: 'env', operator: 'In', values: ['prod'] }],
      },
      serviceAccounts: ['web'],
      allow: {
        ...names,
        subject,
        wildcards: true,
        isCA: true,
        nameConstraints: { permittedDNSDomains: ['example.org'] },
        maxDuration: '24h',
        keyAlgorithms: ['EC-P256'],
        usages: ['server auth'],
      },
      deny: names,
    },
  ],
}
