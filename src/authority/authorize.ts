import { SignetError } from '../core/errors.ts'
import { readUnverified, type UnverifiedToken } from '../core/tokens/unverified.ts'
import { findProvisioner, type Snapshot } from './config.ts'
import type { RequestContext, SignX509Request, X509Grant, X509RevokeGrant } from './grant.ts'
import type { CertificateStore, JsonFetcher, KubernetesReader } from './ports.ts'
import { explainUnknownToken } from './provisioners/k8s-sa-diagnosis.ts'
import type { AuthorizeWorld, Provisioner } from './provisioners/provisioner.ts'

export type AuthorizePorts = {
  readonly store: Pick<CertificateStore, 'createdAt'>
  readonly kubernetes: KubernetesReader | undefined
  readonly fetcher: JsonFetcher
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
  const { token, provisioner } = await provisionerOfToken(request.token, snapshot, ports)
  if (request.certificate !== undefined && !provisioner.needsKubernetes) {
    const message = `provisioner "${provisioner.name}" has no delegates`
    throw new SignetError('unauthorized', message, { reason: 'NotDelegate' })
  }
  const grant = await provisioner.authorizeX509Sign({ token, request, context }, await worldOf(snapshot, ports))
  return { provisioner, grant }
}

/** As `authorizeX509Sign`, for a revocation; kinds of provisioners that cannot revoke refuse every token. */
export async function authorizeX509Revoke(
  text: string,
  snapshot: Snapshot,
  ports: AuthorizePorts & { readonly now: number },
): Promise<{ readonly provisioner: Provisioner; readonly grant: X509RevokeGrant }> {
  const { token, provisioner } = await provisionerOfToken(text, snapshot, ports)
  if (provisioner.authorizeX509Revoke === undefined) {
    const message = `provisioner "${provisioner.name}" of type ${provisioner.type} does not revoke by token`
    throw new SignetError('unauthorized', message, { reason: 'TokenInvalid' })
  }
  return { provisioner, grant: await provisioner.authorizeX509Revoke(token, await worldOf(snapshot, ports)) }
}

async function provisionerOfToken(
  text: string,
  snapshot: Snapshot,
  ports: AuthorizePorts,
): Promise<{ readonly token: UnverifiedToken; readonly provisioner: Provisioner }> {
  const token = readUnverified(text)
  const provisioner = findProvisioner(token, snapshot)
  if (provisioner !== undefined) return { token, provisioner }
  const audience = token.claims.audience.join(', ').slice(0, maximumQuoted)
  const message = `provisioner not found or invalid audience (${audience})`
  throw await explainUnknownToken(token, message, 'WrongAudience', ports.kubernetes)
}

async function worldOf(
  { config, audiences }: Snapshot,
  ports: AuthorizePorts & { readonly now: number },
): Promise<AuthorizeWorld> {
  const { kubernetes } = config
  return {
    audiences,
    now: ports.now,
    tokensSince: config.disableIssuedAtCheck ? 0 : await ports.store.createdAt(),
    kubernetes:
      kubernetes === undefined || ports.kubernetes === undefined
        ? undefined
        : { ...kubernetes, reader: ports.kubernetes },
    fetchJson: (url) => ports.fetcher.fetchJson(url, [...config.roots, ...config.federatedRoots]),
    fetchPublicJson: (url, roots = []) => ports.fetcher.fetchJson(url, roots),
  }
}
