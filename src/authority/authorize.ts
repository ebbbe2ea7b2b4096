import { SignetError } from '../core/errors.ts'
import { readUnverified } from '../core/tokens/unverified.ts'
import { findProvisioner, type Snapshot } from './config.ts'
import type { RequestContext, SignX509Request, X509Grant } from './grant.ts'
import type { CertificateStore, KubernetesReader } from './ports.ts'
import { explainUnknownToken } from './provisioners/k8s-sa-diagnosis.ts'
import type { Provisioner } from './provisioners/provisioner.ts'

export type AuthorizePorts = {
  readonly store: Pick<CertificateStore, 'createdAt'>
  readonly kubernetes: KubernetesReader | undefined
}

/** Audiences in a log line: the caller wrote them. */
const maximumQuoted = 200

/**
 * Finds the provisioner that the token is for and has it verify the credential. Nothing is stored here. Fails with
 * `unauthorized` and a reason; the caller of the authority only ever sees step's masked text for that.
 */
export async function authorizeX509Sign(
  request: SignX509Request,
  context: RequestContext,
  snapshot: Snapshot,
  ports: AuthorizePorts & { readonly now: number },
): Promise<{ readonly provisioner: Provisioner; readonly grant: X509Grant }> {
  const token = readUnverified(request.token)
  const provisioner = findProvisioner(token, snapshot)
  if (provisioner === undefined) {
    const audience = token.claims.audience.join(', ').slice(0, maximumQuoted)
    const message = `provisioner not found or invalid audience (${audience})`
    throw await explainUnknownToken(token, message, 'WrongAudience', ports.kubernetes)
  }
  if (request.certificate !== undefined && !provisioner.needsKubernetes) {
    const message = `provisioner "${provisioner.name}" has no delegates`
    throw new SignetError('unauthorized', message, { reason: 'NotDelegate' })
  }
  const { config, audiences } = snapshot
  const { kubernetes } = config
  const grant = await provisioner.authorizeX509Sign(
    { token, request, context },
    {
      audiences,
      now: ports.now,
      tokensSince: config.disableIssuedAtCheck ? 0 : await ports.store.createdAt(),
      kubernetes:
        kubernetes === undefined || ports.kubernetes === undefined
          ? undefined
          : { ...kubernetes, reader: ports.kubernetes },
    },
  )
  return { provisioner, grant }
}
