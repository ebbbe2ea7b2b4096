import type {
  Authority,
  Certificate,
  CertificateSpec,
  Provisioner,
  ProvisionerSpec,
  ProvisionerType,
} from '../../src/core/resources/index.ts'
import type { FakeAuthority } from '../fakes/certificate-authority.ts'
import { certificatesToPem, parseCertificates } from '../../src/core/x509/certificate.ts'

/** When the objects of tests were created, RFC 3339. */
export const created = '2026-01-01T10:00:00Z'

/** A spec as the API server serves it, with its defaults. */
export function aCertificateSpec(changes: Partial<CertificateSpec> = {}): CertificateSpec {
  return {
    dnsNames: ['web.shop.svc'],
    ipAddresses: [],
    uris: [],
    emailAddresses: [],
    usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
    isCA: false,
    privateKey: { rotationPolicy: 'Always' },
    secretName: 'web-tls',
    authorityRef: { name: 'signet', kind: 'Authority', group: 'signet.dev' },
    revisionHistoryLimit: 1,
    ...changes,
  }
}

/** The Certificate `shop/web`, for `web.shop.svc` in the Secret `web-tls`. */
export function aCertificate(
  spec: Partial<CertificateSpec> = {},
  metadata: Partial<Certificate['metadata']> = {},
): Certificate {
  return {
    apiVersion: 'signet.dev/v1',
    kind: 'Certificate',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'uid-web',
      generation: 1,
      creationTimestamp: created,
      ...metadata,
    },
    spec: aCertificateSpec(spec),
  }
}

/** The Authority `signet` as its controller leaves it, with the root and intermediate of a CA. */
export function anAuthorityObject(ca: FakeAuthority): Authority {
  const roots = parseCertificates(ca.roots())
  return {
    apiVersion: 'signet.dev/v1',
    kind: 'Authority',
    metadata: { name: 'signet', uid: 'uid-signet', generation: 1 },
    spec: { ...anAuthoritySpec() },
    status: {
      roots: roots.map((root) => ({
        certificate: certificatesToPem(root),
        sha256: root.fingerprint,
        notAfter: '2036-01-01T00:00:00Z',
      })),
      intermediate: { sha256: ca.intermediate().fingerprint, notAfter: '2036-01-01T00:00:00Z' },
      endpoint: 'https://signet.signet-system.svc',
    },
  }
}

/** A spec of an Authority as the API server serves it, with its defaults. */
export function anAuthoritySpec(changes: Partial<Authority['spec']> = {}): Authority['spec'] {
  return {
    root: { generate: { duration: '87600h', keyAlgorithm: 'EC-P256' } },
    trustDomain: 'cluster.local',
    clusterDomain: 'cluster.local',
    dnsNames: [],
    storage: { size: '1Gi' },
    ...changes,
  }
}

/** The K8sSA Provisioner `kubernetes` with the operator as its delegate, accepted by its Authority. */
export function aProvisioner(spec: Partial<ProvisionerSpec> = {}): Provisioner {
  return {
    apiVersion: 'signet.dev/v1',
    kind: 'Provisioner',
    metadata: { name: 'kubernetes', uid: 'uid-kubernetes', generation: 1 },
    spec: {
      authorityRef: { name: 'signet' },
      type: 'K8sSA',
      k8sSA: {
        delegates: [{ namespace: 'signet-system', serviceAccount: 'signet-operator' }],
        requireSourceAddress: false,
        usesPerPodPerMinute: 10,
      },
      ...spec,
    },
    status: { audience: 'https://signet.signet-system.svc/1.0/sign#k8ssa/kubernetes' },
  }
}

/** A spec of each type, with rules about names and a template; `roots` is PEM. */
export function provisionersOfAllTypes(roots: string) {
  const x509 = {
    template: '{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}, "extKeyUsage": {{ toJson .usages }}}',
    templateData: { usages: ['serverAuth'] },
    deny: { dns: ['evil.example.com'] },
  }
  const { k8sSA } = aProvisioner().spec
  const cloud = { disableCustomSANs: true, disableTrustOnFirstUse: false }
  // RFC 7517 A.1.
  const key = {
    kty: 'EC',
    kid: 'k',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  } as const
  const authorityRef = { name: 'signet' }
  return {
    JWK: { authorityRef, type: 'JWK', jwk: { key }, x509 },
    K8sSA: { authorityRef, type: 'K8sSA', ...(k8sSA && { k8sSA }), x509 },
    OIDC: {
      authorityRef,
      type: 'OIDC',
      oidc: {
        clientID: 'signet',
        clientSecret: 'public',
        configurationEndpoint: 'https://accounts.example.com',
        domains: ['example.com'],
        scopes: ['openid'],
        requireVerifiedEmail: true,
      },
      x509,
    },
    X5C: { authorityRef, type: 'X5C', x5c: { roots }, x509 },
    AWS: {
      authorityRef,
      type: 'AWS',
      aws: { ...cloud, accounts: ['123456789012'], imdsVersions: ['v2'], instanceAge: '1h' },
      x509,
    },
    GCP: { authorityRef, type: 'GCP', gcp: { ...cloud, projectIDs: ['shop'] }, x509 },
    Azure: {
      authorityRef,
      type: 'Azure',
      azure: {
        ...cloud,
        tenantID: 'tenant',
        resourceGroups: ['backend'],
        audience: 'https://management.azure.com/',
      },
      x509,
    },
  } satisfies Record<ProvisionerType, ProvisionerSpec>
}
