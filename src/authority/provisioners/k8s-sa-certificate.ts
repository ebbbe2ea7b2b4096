import { listNames } from '../../core/names/parse.ts'
import { certificateTemplate } from '../../core/templates/template.ts'
import { wantedCertificate, type WantedCertificate } from '../../core/wanted-certificate.ts'
import { usagesOf } from '../../core/x509/usages.ts'
import type { SignX509Request, X509Grant } from '../grant.ts'
import type { CertificateFacts } from '../kubernetes-facts.ts'
import type { KubernetesReader, ObjectReference } from '../ports.ts'
import { RefusedRequest, regarding } from '../refusal.ts'

export type CertificateIdentity = NonNullable<SignX509Request['certificate']>

/** What a delegate may have for a Certificate: what its spec says, word for word. */
export async function grantForCertificate(
  identity: CertificateIdentity,
  reader: KubernetesReader,
  authority: string | undefined,
): Promise<X509Grant> {
  const facts = await livingCertificate(reader, identity)
  const { namespace, name, uid } = facts
  const wanted = readWanted(facts)
  const { commonName, names, subject, isCA, duration, usages } = wanted
  if (authority !== undefined && wanted.authority !== authority) {
    const message = `Certificate ${namespace}/${name} is for Authority ${wanted.authority}, and this is ${authority}`
    throw refuse(message, 'RequestExceedsWish', facts)
  }
  return {
    issuedTo: { kind: 'certificate', namespace, name, uid },
    regarding: certificateReference(facts),
    use: undefined,
    csr: {
      match: 'within',
      commonNames: [commonName, ...listNames(names).map(({ value }) => value)],
      names,
      subject,
      isCA,
      keyAlgorithm: wanted.keyAlgorithm,
      owner: `Certificate ${namespace}/${name}`,
    },
    subject,
    names,
    usages: usagesOf(usages),
    isCA,
    template: certificateTemplate,
    lifetime: { request: {}, wished: duration, bound: true },
    policy: {
      subject: { kind: 'Certificate', namespace },
      names,
      wantsPodIPs: false,
      isCA,
      ...(duration !== undefined && { durationSeconds: duration / 1000 }),
    },
  }
}

/** The Certificate of exactly this identity, not being deleted; `unauthorized` with the reason otherwise. */
export async function livingCertificate(
  reader: KubernetesReader,
  identity: CertificateIdentity,
): Promise<CertificateFacts> {
  const { namespace, name, uid } = identity
  const facts = await reader.getCertificate(namespace, name)
  const label = `Certificate ${namespace}/${name}`
  if (facts === undefined) throw refuse(`${label} does not exist`, 'CertificateNotFound', identity)
  if (facts.uid !== uid) {
    throw refuse(`${label} has uid ${facts.uid}, not ${uid}: it was made anew`, 'CertificateUidMismatch', facts)
  }
  if (facts.deleting) throw refuse(`${label} is being deleted`, 'CertificateNotFound', facts)
  return facts
}

/** What the spec wants; a fault in it is told on the Certificate. */
export function readWanted(facts: CertificateFacts): WantedCertificate {
  try {
    return wantedCertificate(facts.spec)
  } catch (error) {
    throw regarding(error, certificateReference(facts))
  }
}

function certificateReference({ namespace, name, uid }: CertificateIdentity): ObjectReference {
  return { kind: 'Certificate', namespace, name, uid }
}

function refuse(message: string, reason: string, certificate: CertificateIdentity): RefusedRequest {
  return new RefusedRequest('unauthorized', message, { reason, regarding: certificateReference(certificate) })
}
