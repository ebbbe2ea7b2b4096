import type {
  Authority,
  Certificate,
  CertificateSpec,
  Provisioner,
  ProvisionerSpec,
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
