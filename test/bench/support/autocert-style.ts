import { randomUUID } from 'node:crypto'
import { copyFile, mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aProvisionerKey, aToken, type ProvisionerKey } from '../../builders/tokens.ts'
import { loadImage, type Cluster } from '../../cluster/harness/engine.ts'
import type { Kubectl } from '../../cluster/harness/kubectl.ts'
import { packImage } from '../../cluster/harness/oci-image.ts'
import { ensureTool } from '../../cluster/harness/tools.ts'
import type { AuthorityAccess } from '../../cluster/support/authority.ts'

/** What autocert does to a pod, with the real `step` and our authority: the peer of the pod start bench. */
export type AutocertStyle = {
  /** Parts of a pod's spec: an init container that gets a certificate, an ordinary container that renews it. */
  readonly podParts: (name: string) => { initContainers: object[]; containers: object[]; volumes: object[] }
  readonly remove: () => Promise<void>
}

const provisioner = 'autocert-bench'
const image = 'localhost/signet-bench-step:1'

/** Packs `step` as an image, adds a JWK Provisioner to the authority and waits until it is served. */
export async function prepareAutocertStyle(
  cluster: Cluster,
  kubectl: Kubectl,
  authority: AuthorityAccess,
  namespace: string,
): Promise<AutocertStyle> {
  await loadStepImage(cluster)
  const key = aProvisionerKey(randomUUID())
  const spec = { type: 'JWK', jwk: { key: key.jwk } }
  await kubectl.apply([
    { apiVersion: 'signet.dev/v1', kind: 'Provisioner', metadata: { name: provisioner }, spec },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'root', namespace },
      data: { 'root.crt': authority.roots },
    },
  ])
  await kubectl.waitFor('default', `provisioners.signet.dev/${provisioner}`, 'condition=Ready', 30_000)
  return {
    podParts: (name) => podParts(authority, tokenFor(authority, key, name), name),
    remove: async () => void (await kubectl(['delete', 'provisioners.signet.dev', provisioner, '--ignore-not-found'])),
  }
}

async function loadStepImage(cluster: Cluster): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'signet-bench-'))
  try {
    const root = join(work, 'root')
    await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o777 })
    await copyFile(await ensureTool('step'), join(root, 'step'))
    const archive = join(work, 'step.tar')
    await packImage({ name: image, entrypoint: ['/step'], env: ['STEPPATH=/certs', 'HOME=/certs'] }, root, archive)
    await loadImage(cluster, image, archive)
  } finally {
    await rm(work, { recursive: true })
  }
}

/** What autocert's webhook makes at admission. */
function tokenFor({ name: host }: AuthorityAccess, { privateKey, kid }: ProvisionerKey, name: string): string {
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, nbf: now, exp: now + 600 }
  const claims = {
    iss: provisioner,
    sub: name,
    sans: [name],
    aud: `https://${host}/1.0/sign`,
    jti: randomUUID(),
    ...times,
  }
  return aToken(claims, privateKey, { kid })
}

function podParts({ name: host }: AuthorityAccess, token: string, name: string) {
  const files = ['/certs/site.crt', '/certs/site.key']
  const env = [
    { name: 'STEP_CA_URL', value: `https://${host}` },
    { name: 'STEP_ROOT', value: '/root-ca/root.crt' },
  ]
  const common = {
    image,
    env,
    volumeMounts: [
      { name: 'certs', mountPath: '/certs' },
      { name: 'root', mountPath: '/root-ca' },
    ],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
  const issue = ['/step', 'ca', 'certificate', '--token', token, name, ...files]
  return {
    initContainers: [{ name: 'autocert-bootstrapper', command: issue, ...common }],
    containers: [{ name: 'autocert-renewer', command: ['/step', 'ca', 'renew', '--daemon', ...files], ...common }],
    volumes: [
      { name: 'certs', emptyDir: {} },
      { name: 'root', configMap: { name: 'root' } },
    ],
  }
}
