import { generateKeyPairSync } from 'node:crypto'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import type { Kubectl } from './harness/kubectl.ts'
import type { AuthorityAccess } from './support/authority.ts'
import { expire } from './support/expired-token.ts'
import { createToken, sleepingPod, uidOf } from './support/pods.ts'

/** What every row works with: one namespace that opted in, with the annotated pod `alice`. */
export type World = {
  readonly kubectl: Kubectl
  readonly authority: AuthorityAccess
  readonly image: string
  readonly namespace: string
}

type CertificateIdentity = { readonly namespace: string; readonly name: string; readonly uid: string }

/** A request that must be refused, and the object on which an Event must tell it. */
export type Attempt = {
  readonly csr: ReturnType<typeof aCsr>
  readonly token: string
  readonly certificate?: CertificateIdentity
  readonly regarding: { readonly kind: string; readonly namespace: string; readonly name: string }
}

/** A credential that is not accepted: masked 401 to the caller, the reason in log, Event and metric, nothing stored. */
export type TokenRefusal = {
  readonly name: string
  readonly reason: string
  readonly arrange: (world: World) => Promise<Attempt>
}

/** Every request has a key of its own, so that one can look for it in the store. */
export function csrFor(...sans: string[]): Attempt['csr'] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return aCsr({ sans, privateKey })
}

export function pemOf(csr: Attempt['csr']): string {
  return encodePem('CERTIFICATE REQUEST', csr.der)
}

/** The DNS name of a pod that the default rule allows. */
export const nameOf = (pod: string, namespace: string): string => `${pod}.${namespace}.svc`

/** Makes an annotated pod and returns its uid as soon as it exists; it need not run. */
async function annotatedPod(
  { kubectl, image, namespace }: World,
  name: string,
  inNamespace = namespace,
): Promise<string> {
  const annotations = { 'signet.dev/name': nameOf(name, inNamespace) }
  await kubectl.apply([sleepingPod(inNamespace, name, image, { annotations })])
  return uidOf(kubectl, 'pod', inNamespace, name)
}

async function podAttempt(world: World, pod: string, ...sans: string[]): Promise<Attempt> {
  const { kubectl, authority, namespace } = world
  const uid = await annotatedPod(world, pod)
  const { audience } = authority
  const token = await createToken(kubectl, { namespace, audience, pod: { name: pod, uid } })
  const asked = sans.length > 0 ? sans : [nameOf(pod, namespace)]
  return { csr: csrFor(...asked), token, regarding: { kind: 'Pod', namespace, name: pod } }
}

async function deletePod({ kubectl, namespace }: World, name: string): Promise<void> {
  await kubectl(['delete', 'pod', '-n', namespace, name, '--now', '--wait'])
}

/** The operator's own token, as the only delegate holds it. */
async function delegateToken({ kubectl, authority: { audience } }: World): Promise<string> {
  type Pods = { items: { metadata: { name: string; uid: string } }[] }
  const selector = ['-l', 'app.kubernetes.io/component=operator']
  const { items } = await kubectl.get<Pods>('pods', '-n', 'signet-system', ...selector)
  const pod = items[0]?.metadata ?? { name: '', uid: '' }
  return createToken(kubectl, { namespace: 'signet-system', serviceAccount: 'signet-operator', audience, pod })
}

async function refusedCertificate({ kubectl, namespace }: World, name: string): Promise<CertificateIdentity> {
  await kubectl.apply([
    {
      apiVersion: 'signet.dev/v1',
      kind: 'Certificate',
      metadata: { name, namespace },
      spec: { secretName: `${name}-tls`, dnsNames: [nameOf(name, namespace)] },
    },
  ])
  return { namespace, name, uid: await uidOf(kubectl, 'certificates.signet.dev', namespace, name) }
}

export const tokenRefusals: readonly TokenRefusal[] = [
  {
    name: "token of pod A with a CSR for B's names",
    reason: 'RequestExceedsWish',
    arrange: (world) => podAttempt(world, 'row-other-names', nameOf('bob', world.namespace)),
  },
  {
    name: 'token that is not bound to a pod',
    reason: 'TokenUnbound',
    async arrange({ kubectl, authority: { audience }, namespace }) {
      const token = await createToken(kubectl, { namespace, audience })
      const regarding = { kind: 'ServiceAccount', namespace, name: 'default' }
      return { csr: csrFor(nameOf('alice', namespace)), token, regarding }
    },
  },
  {
    name: 'token for another audience',
    reason: 'WrongAudience',
    async arrange(world) {
      const elsewhere = { ...world, authority: { ...world.authority, audience: 'https://elsewhere.example' } }
      return podAttempt(elsewhere, 'row-audience')
    },
  },
  {
    name: 'expired token',
    reason: 'TokenExpired',
    async arrange(world) {
      const attempt = await podAttempt(world, 'row-expired')
      return { ...attempt, token: await expire(attempt.token) }
    },
  },
  {
    name: 'token of a pod that was deleted',
    reason: 'PodNotFound',
    async arrange(world) {
      const attempt = await podAttempt(world, 'row-deleted')
      await deletePod(world, 'row-deleted')
      return attempt
    },
  },
  {
    name: 'token of a pod that was made anew under the same name',
    reason: 'PodUidMismatch',
    async arrange(world) {
      const attempt = await podAttempt(world, 'row-anew')
      await deletePod(world, 'row-anew')
      await annotatedPod(world, 'row-anew')
      return attempt
    },
  },
  {
    name: 'token of a pod in a namespace that was made anew',
    reason: 'PodUidMismatch',
    async arrange(world) {
      const { kubectl, authority } = world
      const namespace = await optedInNamespace(world)
      const pod = { name: 'app', uid: await annotatedPod(world, 'app', namespace) }
      const token = await createToken(kubectl, { namespace, audience: authority.audience, pod })
      await kubectl(['delete', 'pod', '-n', namespace, 'app', '--now', '--wait'])
      await kubectl(['delete', 'namespace', namespace, '--wait'])
      await optedInNamespace(world, namespace)
      await annotatedPod(world, 'app', namespace)
      return { csr: csrFor(nameOf('app', namespace)), token, regarding: { kind: 'Pod', namespace, name: 'app' } }
    },
  },
  {
    name: "another service account's token that names a Certificate",
    reason: 'NotDelegate',
    async arrange(world) {
      const attempt = await podAttempt(world, 'row-delegate')
      return { ...attempt, certificate: await refusedCertificate(world, 'row-delegate') }
    },
  },
  {
    name: 'Certificate of another uid',
    reason: 'CertificateUidMismatch',
    async arrange(world) {
      const { namespace } = world
      const certificate = await refusedCertificate(world, 'row-uid')
      return {
        csr: csrFor(nameOf('row-uid', namespace)),
        token: await delegateToken(world),
        certificate: { ...certificate, uid: '00000000-0000-4000-8000-000000000000' },
        regarding: { kind: 'Certificate', namespace, name: 'row-uid' },
      }
    },
  },
  {
    name: 'annotation edited after admission',
    reason: 'RequestExceedsWish',
    async arrange(world) {
      const { kubectl, namespace } = world
      const attempt = await podAttempt(world, 'row-edited', nameOf('bob', namespace))
      const edit = `signet.dev/name=${nameOf('bob', namespace)}`
      await kubectl(['annotate', 'pod', '-n', namespace, 'row-edited', '--overwrite', edit])
      return attempt
    },
  },
]

let namespaces = 0

/** A namespace with the label that turns injection on; removed by the cluster's end or by the row itself. */
async function optedInNamespace({ kubectl, namespace }: World, name?: string): Promise<string> {
  namespaces += 1
  const own = name ?? `${namespace}-${namespaces}`
  const metadata = { name: own, labels: { 'signet.dev/inject': 'enabled' } }
  await kubectl.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata }])
  await kubectl.eventually(own, 'the default ServiceAccount', 20_000, async () => {
    return kubectl.find('serviceaccount', '-n', own, 'default')
  })
  return own
}

/** Names against policy: what a pod or Certificate asks for, and what must be said about it. */
export type PolicyRefusal = {
  readonly name: string
  /** For the pod: our annotations beside `name`, which is a good one unless it is given here. */
  readonly annotations?: (namespace: string) => Readonly<Record<string, string>>
  /** For a wish written by hand: members of SIGNET_REQUEST. */
  readonly wish?: (namespace: string) => Readonly<Record<string, unknown>>
  /** For the Certificate: members of its spec. */
  readonly spec?: (namespace: string) => Readonly<Record<string, unknown>>
  readonly pod?: Readonly<Record<string, unknown>>
  readonly message: (namespace: string) => string
}

export const policyRefusals: readonly PolicyRefusal[] = [
  {
    name: 'DNS name of another namespace',
    annotations: () => ({ 'signet.dev/sans': 'web.elsewhere.svc' }),
    wish: () => ({ dnsNames: ['web.elsewhere.svc'] }),
    spec: () => ({ dnsNames: ['web.elsewhere.svc'] }),
    message: () => 'DNS name "web.elsewhere.svc" is not allowed by rule default',
  },
  {
    name: 'wildcard',
    annotations: (namespace) => ({ 'signet.dev/sans': `*.${namespace}.svc` }),
    wish: (namespace) => ({ dnsNames: [`*.${namespace}.svc`] }),
    spec: (namespace) => ({ dnsNames: [`*.${namespace}.svc`] }),
    message: (namespace) => `DNS name "*.${namespace}.svc" is not allowed by rule default`,
  },
  {
    name: 'IP address',
    annotations: () => ({ 'signet.dev/sans': '192.0.2.7' }),
    wish: () => ({ ipAddresses: ['192.0.2.7'] }),
    spec: () => ({ ipAddresses: ['192.0.2.7'] }),
    message: () => 'IP address "192.0.2.7" is not allowed by rule default',
  },
  {
    name: 'e-mail address',
    annotations: () => ({ 'signet.dev/sans': 'root@example.com' }),
    wish: () => ({ emailAddresses: ['root@example.com'] }),
    spec: () => ({ emailAddresses: ['root@example.com'] }),
    message: () => 'e-mail address "root@example.com" is not allowed by rule default',
  },
  {
    name: 'SPIFFE ID of somebody else',
    annotations: () => ({ 'signet.dev/sans': 'spiffe://cluster.local/ns/elsewhere/sa/root' }),
    wish: () => ({ uris: ['spiffe://cluster.local/ns/elsewhere/sa/root'] }),
    message: () => 'URI "spiffe://cluster.local/ns/elsewhere/sa/root" is not allowed by rule default',
  },
  {
    name: 'Certificate that asks for a SPIFFE ID',
    spec: (namespace) => ({ uris: [`spiffe://cluster.local/ns/${namespace}/sa/default`] }),
    message: (namespace) => `URI "spiffe://cluster.local/ns/${namespace}/sa/default" is not allowed by rule default`,
  },
  {
    name: 'common name that is none of the names',
    wish: (namespace) => ({ commonName: 'Some Body', dnsNames: [nameOf('alice', namespace)] }),
    spec: (namespace) => ({ commonName: 'Some Body', dnsNames: [nameOf('alice', namespace)] }),
    message: () => 'common name "Some Body", which is none of the other names, is not allowed by rule default',
  },
  {
    name: 'isCA',
    spec: (namespace) => ({ isCA: true, dnsNames: [nameOf('alice', namespace)] }),
    message: () => 'isCA is not allowed by rule default',
  },
  {
    name: 'own IP of a pod on the network of its host',
    annotations: () => ({ 'signet.dev/sans': '${POD_IP}' }),
    pod: { hostNetwork: true },
    message: () => 'the IP address of the node (the pod has hostNetwork) is not allowed by rule default',
  },
]
