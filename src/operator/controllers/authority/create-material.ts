import { createPublicKey } from 'node:crypto'
import type { Clock, Random } from '../../../core/clock.ts'
import { parseDuration } from '../../../core/duration.ts'
import { SignetError } from '../../../core/errors.ts'
import { encodePem } from '../../../core/pem.ts'
import type { Authority, Named } from '../../../core/resources/index.ts'
import { certificatesToPem, parseCertificates } from '../../../core/x509/certificate.ts'
import {
  authorityLifetime,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../../core/x509/certificate-authority.ts'
import { createCertificateRequest } from '../../../core/x509/csr.ts'
import { createName, type Name } from '../../../core/x509/name.ts'
import { noNames } from '../../../core/names/names.ts'
import { exportPrivateKey, generateKeyPair } from '../../../core/x509/private-key.ts'
import { keyAlgorithmOf } from '../../../core/x509/public-key.ts'
import { keyAlgorithms, type KeyAlgorithm } from '../../../core/x509/key-algorithm.ts'
import { randomSerial } from '../../../core/x509/serial.ts'
import { secrets as secretKind } from '../../kinds.ts'
import { authorityObjects } from '../../names.ts'
import type { KubeApi } from '../../ports.ts'
import { textOf, type Secret } from '../certificate/secret-facts.ts'
import type { ActiveMaterial } from './decide.ts'
import { readKey } from './material.ts'
import { labelsOf } from './render/context.ts'

export type CreateDeps = {
  readonly kube: Pick<KubeApi, 'create' | 'apply'>
  readonly clock: Clock
  readonly random: Random
  readonly namespace: string
}

/** Makes a root and its key and puts them into `<name>-root`. `conflict` if such a Secret came meanwhile. */
export async function createRoot(authority: Authority, deps: CreateDeps): Promise<void> {
  const { keyAlgorithm = defaultAlgorithm, duration } = authority.spec.root.generate ?? {}
  const { privateKey } = await generateKeyPair(keyAlgorithm)
  const notBefore = deps.clock.now()
  const notAfter = notBefore + (duration === undefined ? authorityLifetime : parseDuration(duration))
  const serial = randomSerial(deps.random)
  const root = createRootCertificate({ subject: subjectOf(authority, 'Root'), serial, notBefore, notAfter, privateKey })
  const data = { 'tls.key': exportPrivateKey(privateKey, 'PKCS8'), 'tls.crt': certificatesToPem(root) }
  await writeKeys(authority, authorityObjects(authority.metadata.name).root, data, undefined, deps)
}

/** Makes an intermediate under the root in this Secret and puts it into `<name>-intermediate`, in place of one that has expired. */
export async function signIntermediate(
  authority: Authority,
  rootSecret: Named<Secret>,
  expired: Named<Secret> | undefined,
  deps: CreateDeps,
): Promise<void> {
  const [issuer] = parseCertificates(textOf(rootSecret.data?.['tls.crt']))
  if (issuer === undefined)
    throw new SignetError('malformed', `Secret "${rootSecret.metadata.name}" has no certificate`)
  const { privateKey } = await generateKeyPair(knownAlgorithm(keyAlgorithmOf(issuer.spki)))
  const notBefore = Math.max(deps.clock.now(), issuer.notBefore)
  const certificate = createIntermediateCertificate({
    subject: subjectOf(authority, 'Intermediate'),
    serial: randomSerial(deps.random),
    notBefore,
    notAfter: Math.min(notBefore + authorityLifetime, issuer.notAfter),
    spki: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    issuer,
    issuerKey: readKey(rootSecret),
  })
  const data = {
    'tls.key': exportPrivateKey(privateKey, 'PKCS8'),
    'tls.crt': certificatesToPem(certificate),
    'ca.crt': certificatesToPem(issuer),
  }
  await writeKeys(
    authority,
    authorityObjects(authority.metadata.name).intermediate,
    data,
    expired?.metadata.resourceVersion,
    deps,
  )
}

/** Makes the key of an intermediate that is signed elsewhere; its certificate is empty until then. */
export async function createIntermediateKey(authority: Authority, deps: CreateDeps): Promise<void> {
  const { privateKey } = await generateKeyPair(defaultAlgorithm)
  const data = { 'tls.key': exportPrivateKey(privateKey, 'PKCS8'), 'tls.crt': '' }
  await writeKeys(authority, authorityObjects(authority.metadata.name).intermediate, data, undefined, deps)
}

/** Puts the certificates that were made elsewhere next to the key that waits for them. */
export async function acceptIntermediate(
  authority: Authority,
  secret: Named<Secret>,
  { chain, roots }: ActiveMaterial,
  deps: CreateDeps,
): Promise<void> {
  const data = {
    'tls.key': textOf(secret.data?.['tls.key']),
    'tls.crt': certificatesToPem(...chain),
    'ca.crt': certificatesToPem(...roots),
  }
  await writeKeys(authority, secret.metadata.name, data, secret.metadata.resourceVersion, deps)
}

/** The request, PEM, by which the intermediate of an Authority is signed elsewhere. */
export function createIntermediateRequest(authority: Authority, secret: Named<Secret>): string {
  const subject = subjectOf(authority, 'Intermediate')
  const usages = { keyUsage: ['certSign', 'crlSign'], extKeyUsage: [] } as const
  const basicConstraints = { isCA: true, pathLength: 0 }
  const content = { subject, names: noNames, privateKey: readKey(secret), usages, basicConstraints }
  return encodePem('CERTIFICATE REQUEST', createCertificateRequest(content))
}

const defaultAlgorithm: KeyAlgorithm = 'EC-P256'

/** The intermediate gets a key of the kind that its root has, where that is one that Signet makes. */
function knownAlgorithm(algorithm: string): KeyAlgorithm {
  return keyAlgorithms.find((known) => known === algorithm) ?? defaultAlgorithm
}

function subjectOf({ metadata, spec }: Authority, level: 'Root' | 'Intermediate'): Name {
  const { commonName = `${metadata.name} Root CA`, organization = metadata.name } = spec.root.generate ?? {}
  const named = level === 'Root' ? commonName : intermediateName(commonName)
  return createName({ commonName: named, organization: [organization] })
}

function intermediateName(root: string): string {
  return root.includes('Root CA') ? root.replace('Root CA', 'Intermediate CA') : `${root} Intermediate CA`
}

/**
 * Without ownerReferences: the keys stay when the Authority goes. Where no Secret was seen, none may be: an apply under our
 * own name would overwrite a key that another leader has just made, so there it is a POST.
 */
async function writeKeys(
  { metadata }: Authority,
  name: string,
  texts: Readonly<Record<string, string>>,
  resourceVersion: string | undefined,
  { kube, namespace }: CreateDeps,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]),
  )
  const secret: Named<Secret> = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      name,
      namespace,
      labels: labelsOf(metadata.name),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    data,
  }
  await (resourceVersion === undefined ? kube.create(secretKind, secret) : kube.apply(secretKind, secret))
}
