import type { Static } from 'typebox'
import { crlSchema, ocspSchema, sameListUrl, urlsSchema } from './authorities/revocation.ts'
import { claimsSchema } from './claims.ts'
import { conditionsSchema } from './conditions.ts'
import type { ObjectMeta } from './metadata.ts'
import { namePolicySchema } from './name-rules.ts'
import {
  choice,
  dnsName,
  duration,
  group,
  immutable,
  instant,
  list,
  listBy,
  objectName,
  observedGeneration,
  optional,
  pemCertificates,
  quantity,
  text,
  textMap,
  trustDomain,
} from './schema.ts'
import { keyAlgorithms } from '../x509/key-algorithm.ts'

const generatedRoot = group(
  {
    commonName: optional(
      text({
        description:
          'Common name of the root; the intermediate gets the same with "Intermediate CA" for "Root CA". Default: "<name of the Authority> Root CA".',
        minLength: 1,
        maxLength: 64,
      }),
    ),
    organization: optional(
      text({
        description: 'Organization in the subject of root and intermediate. Default: the name of the Authority.',
        minLength: 1,
        maxLength: 64,
      }),
    ),
    duration: duration({
      description:
        'Life of root and intermediate, Go duration. Default: 87600h (ten years). Read once, when the root is made.',
      default: '87600h',
    }),
    keyAlgorithm: choice([...keyAlgorithms], {
      description: 'Kind of both keys. Default: EC-P256. Read once, when the root is made.',
      default: 'EC-P256',
    }),
  },
  {
    description:
      'Signet makes root and intermediate; the root key goes into the Secret <name>-root. Default: that, with the values below.',
  },
)

const rootSchema = group(
  {
    generate: optional(generatedRoot),
    secret: optional(
      group(
        {
          name: objectName({
            description:
              'Name of a Secret in the namespace of Signet with tls.crt (root certificate) and tls.key (its key, PEM without a password). No default. Signet signs the intermediate with it.',
          }),
        },
        { description: 'A root of your own whose key Signet may use to sign the intermediate. Default: none.' },
      ),
    ),
    external: optional(
      group(
        {
          rootCertificates: pemCertificates({
            description: 'Certificates of your roots, PEM. No default. Clients are given these to trust.',
          }),
          intermediateCertificate: optional(
            pemCertificates({
              description:
                'The intermediate that your root signed for status.intermediateRequest, PEM, followed by any certificates between it and the root. Default: none; the Authority waits for it.',
            }),
          ),
        },
        {
          description:
            'A root whose key never comes here: Signet makes the key of the intermediate and a request for you to sign. Default: none.',
        },
      ),
    ),
  },
  {
    description:
      'Where the root comes from: exactly one of generate, secret and external. Default: generate, with its defaults.',
    default: { generate: {} },
    rules: [
      {
        rule: '[has(self.generate), has(self.secret), has(self.external)].filter(x, x).size() == 1',
        message: 'exactly one of generate, secret and external must be set',
      },
    ],
  },
)

const storageSchema = group(
  {
    size: quantity({
      description: 'Size of the volume of the database. Default: 1Gi, enough for a million certificates.',
      default: '1Gi',
    }),
    storageClassName: optional(
      objectName({ description: 'StorageClass of the volume. Default: the default class of the cluster.' }),
    ),
  },
  {
    description:
      'The volume that holds the database of issued certificates. Default: 1Gi of the default class. Cannot be changed later.',
    default: {},
    rules: [immutable('is immutable: the volume of a StatefulSet cannot be changed')],
  },
)

const quantities = (which: string) =>
  optional(
    textMap({
      description: `${which} of the authority's container by name of the resource (cpu, memory), as in a Pod. Default: those of the chart.`,
      maxProperties: 16,
      maxLength: 32,
    }),
  )

const authoritySpecSchema = group(
  {
    root: rootSchema,
    trustDomain: trustDomain({
      description:
        'SPIFFE trust domain: identities are spiffe://<trustDomain>/ns/<namespace>/sa/<service account>. Default: cluster.local. Cannot be changed later.',
      default: 'cluster.local',
      rules: [immutable('is immutable: every identity that was issued contains it')],
    }),
    clusterDomain: dnsName({
      description:
        'DNS domain of the cluster, as in <service>.<namespace>.svc.<clusterDomain>. Default: cluster.local. Names below it are allowed by default.',
      default: 'cluster.local',
    }),
    dnsNames: list(dnsName({ description: 'A DNS name under which the authority is reached.' }), {
      description:
        'Further DNS names of the serving certificate, for clients outside the cluster. Default: none; the names of the Service are always there.',
      maxItems: 32,
      default: [],
    }),
    claims: optional(
      claimsSchema(
        'Limits on certificates that hold for every Provisioner that does not set its own. Default: those of step-ca.',
        {
          min: '5m',
          max: '24h',
          usual: '24h',
          flag: 'false',
        },
      ),
    ),
    policy: optional(
      group(
        { x509: namePolicySchema },
        {
          description:
            'Rules about the names of all certificates, whichever Provisioner they come through, beside its own rules and CertificatePolicies. Default: none.',
        },
      ),
    ),
    crl: optional(crlSchema),
    ocsp: optional(ocspSchema),
    urls: optional(urlsSchema),
    admin: optional(
      group(
        {
          provisioner: objectName({
            description: 'Name of the Provisioner by which the first super admin gets his certificate. No default.',
          }),
          subject: text({
            description: 'The name that his certificate has. Default: step, as the step CLI asks first.',
            minLength: 1,
            maxLength: 253,
            default: 'step',
          }),
        },
        {
          description:
            'The admin API of step-ca, with which "step ca provisioner" and "step ca admin" change Provisioners and admins from outside; the chart has to list this Authority in adminAPI.authorities. Whoever gets a certificate for this subject by this Provisioner may use it. Default: off.',
        },
      ),
    ),
    storage: storageSchema,
    resources: optional(
      group(
        { requests: quantities('Requests'), limits: quantities('Limits') },
        {
          description: 'Compute resources of the container of the authority. Default: those of the chart.',
        },
      ),
    ),
  },
  { description: 'What the authority is to be.', default: {}, rules: [sameListUrl] },
)

const sha256 = (description: string) => text({ description: `${description}, lower-case hex.`, maxLength: 64 })
const notAfter = instant({ description: 'When it expires, RFC 3339 in UTC.' })
const generationText = () =>
  optional(
    text({
      description: 'Configuration that is loaded, a hash. Equal to status.configGeneration once it is up to date.',
      maxLength: 64,
    }),
  )

const authorityStatusSchema = group(
  {
    conditions: optional(conditionsSchema('Ready')),
    observedGeneration: optional(observedGeneration()),
    roots: optional(
      list(
        group(
          {
            certificate: text({ description: 'The certificate in PEM.', maxLength: 65_536 }),
            sha256: sha256('SHA-256 of the certificate in DER: the fingerprint that step shows'),
            notAfter,
          },
          { description: 'A root that clients should trust.' },
        ),
        { description: 'The active roots: what clients are given to trust.', maxItems: 16 },
      ),
    ),
    intermediate: optional(
      group(
        { sha256: sha256('SHA-256 of the certificate in DER'), notAfter },
        { description: 'The intermediate that signs now.' },
      ),
    ),
    endpoint: optional(text({ description: 'URL of the authority inside the cluster.', maxLength: 512 })),
    provisioners: optional(
      listBy(
        ['name'],
        group(
          {
            name: text({ description: 'Name of the Provisioner.', maxLength: 253 }),
            type: text({ description: 'Its type, such as K8sSA.', maxLength: 32 }),
            audience: text({ description: 'What a token for it must carry as aud.', maxLength: 1024 }),
          },
          { description: 'A way to prove who you are that the configuration contains.' },
        ),
        { description: 'The Provisioners that the configuration contains.', maxItems: 128 },
      ),
    ),
    configGeneration: optional(
      text({ description: 'The configuration that the replicas should have loaded, a hash.', maxLength: 64 }),
    ),
    replicas: optional(
      listBy(
        ['name'],
        group(
          { name: text({ description: 'Name of the Pod.', maxLength: 253 }), configGeneration: generationText() },
          { description: 'A running copy of the authority.' },
        ),
        { description: 'The running copies and the configuration that each has loaded.', maxItems: 16 },
      ),
    ),
    intermediateRequest: optional(
      text({
        description:
          'Certificate request of the intermediate, PEM. Set where spec.root.external waits for the signed certificate.',
        maxLength: 16_384,
      }),
    ),
  },
  { description: 'What the authority is now. Written by Signet.' },
)

/** Schemas of `spec` and `status`, for the CRD and for validation. */
export const authoritySchemas = { spec: authoritySpecSchema, status: authorityStatusSchema }

export type AuthoritySpec = Static<typeof authoritySpecSchema>
export type AuthorityStatus = Static<typeof authorityStatusSchema>

/** One certificate authority, with defaults filled in as the API server serves it. */
export type Authority = {
  apiVersion: 'signet.dev/v1'
  kind: 'Authority'
  metadata: ObjectMeta
  spec: AuthoritySpec
  status?: AuthorityStatus
}
