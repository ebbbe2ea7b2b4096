import { sign, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxy, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noNames } from '../../src/core/names/names.ts'
import { certificatesToPem } from '../../src/core/x509/certificate.ts'
import { createName } from '../../src/core/x509/name.ts'
import { aRoot, keyPemOf, pemOf, spkiOf } from '../builders/ca-material.ts'
import {
  aCloudKey,
  anAwsToken,
  anRsaToken,
  certificateOf,
  identityDocument,
  keySetOf,
  type CloudKey,
} from '../builders/instance-tokens.ts'
import { signedBy } from '../builders/x509.ts'

/**
 * The metadata services of three clouds and the hosts that publish their keys, as a proxy: `step`, step-ca and signet all
 * go through the one that their environment names.
 */
export type FakeCloud = {
  /** Where the proxy is, and whom to trust behind it. */
  readonly env: Readonly<Record<string, string>>
  /** The path of a certificate for the key that signs identity documents. */
  readonly iidRoots: string
  readonly keys: Readonly<Record<'amazon' | 'google' | 'microsoft', CloudKey>>
  /** Which instance the metadata services speak of. */
  instance: string
  /** Tokens of instances that asked for nothing yet, for the provisioner of this name, or of this tenant. */
  awsToken(name: string, options?: TokenOptions): string
  gcpToken(name: string, options?: TokenOptions): string
  azureToken(tenant: string, options?: TokenOptions): string
  readonly stop: () => void
}

export type TokenOptions = {
  /** In place of those that are right. */
  readonly claims?: object
  /** The same for the identity document of EC2. */
  readonly document?: object
  /** Signed by someone else. */
  readonly key?: 'another'
  readonly header?: object
}

let count = 0
/** step-ca spends instances before it verifies their tokens. */
export const newInstance = (): string => `n${(count += 1)}`
export const audienceOf = (tokenId: string): string => `https://localhost/1.0/sign#${encodeURI(tokenId)}`
const now = (): number => Math.floor(Date.now() / 1000)

export const tenants = ['b17c217c-84db-43f0-babd-e06a71083cda', 'c28d328d-95ec-54f1-ba6c-f17b82194deb'] as const
const issuerOf = (tenant: string): string => `https://sts.windows.net/${tenant}/`

/** Claims of Google's token for an instance that was made half an hour ago. */
function googleClaims(audience: string, instance: string): object {
  const engine = {
    instance_id: instance,
    instance_name: 'web-1',
    instance_creation_timestamp: now() - 1800,
    project_id: 'shop',
    project_number: 739419398126,
    zone: 'us-west1-c',
  }
  const account = { sub: '117354011259154104390', email: 'web@shop.iam.gserviceaccount.com', email_verified: true }
  const times = { iat: now(), exp: now() + 3600 }
  const google = { compute_engine: engine }
  return { iss: 'https://accounts.google.com', aud: audience, azp: account.sub, ...account, ...times, google }
}

/** Claims of Azure's token for a virtual machine. */
function azureClaims(tenant: string, instance: string): object {
  const path = `/subscriptions/sub-1/resourcegroups/backend/providers/Microsoft.Compute/virtualMachines/${instance}`
  const times = { iat: now(), nbf: now(), exp: now() + 86_400 }
  const who = { appid: 'app-1', oid: 'object-1', sub: 'object-1', tid: tenant, xms_mirid: path }
  return { aud: 'https://management.azure.com/', iss: issuerOf(tenant), ...times, ...who }
}

export async function startCloud(): Promise<FakeCloud> {
  const keys = { amazon: aCloudKey(), google: aCloudKey(), microsoft: aCloudKey() }
  const folder = mkdtempSync(join(tmpdir(), 'fake-cloud-'))
  const iidRoots = join(folder, 'iid.pem')
  writeFileSync(iidRoots, certificateOf(keys.amazon))
  const published = await startPublishers(keys, join(folder, 'roots.pem'))
  const proxy = createProxy((request, response) => {
    const answer = answerOf(request, cloud)
    response.writeHead(answer === undefined ? 404 : 200).end(answer)
  })
  proxy.on('connect', (_, socket) => {
    const behind = connect(portOf(published), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      behind.pipe(socket).pipe(behind)
    })
    socket.on('error', () => behind.destroy())
    behind.on('error', () => socket.destroy())
  })
  await listening(proxy)
  const url = `http://127.0.0.1:${portOf(proxy)}`
  const cloud: FakeCloud = {
    env: { HTTP_PROXY: url, HTTPS_PROXY: url, SSL_CERT_FILE: join(folder, 'roots.pem') },
    iidRoots,
    keys,
    instance: '1',
    ...tokensBy(keys),
    stop() {
      for (const server of [proxy, published]) {
        server.close()
        server.closeAllConnections()
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return cloud
}

function tokensBy(keys: FakeCloud['keys']): Pick<FakeCloud, 'awsToken' | 'gcpToken' | 'azureToken'> {
  const keyOf = (right: CloudKey, key: 'another' | undefined) => (key === undefined ? right : aCloudKey()).privateKey
  const header = { kid: 'k' }
  return {
    awsToken(name, { claims, document, key, header = {} } = {}) {
      const times = { iat: now(), nbf: now(), exp: now() + 300 }
      return anAwsToken({
        claims: { iss: 'ec2.amazonaws.com', sub: 'web.test', aud: audienceOf(`aws/${name}`), ...times, ...claims },
        document: identityDocument({ instanceId: `i-${newInstance()}`, ...document }),
        key: keyOf(keys.amazon, key),
        header,
      })
    },
    gcpToken(name, { claims, key, ...options } = {}) {
      const all = { ...googleClaims(audienceOf(`gcp/${name}`), newInstance()), ...claims }
      return anRsaToken(all, keyOf(keys.google, key), { ...header, ...options.header })
    },
    azureToken(tenant, { claims, key, ...options } = {}) {
      const all = { ...azureClaims(tenant, newInstance()), ...claims }
      return anRsaToken(all, keyOf(keys.microsoft, key), { ...header, ...options.header })
    },
  }
}

type Answer = (request: IncomingMessage, url: URL, cloud: FakeCloud) => string | undefined

const imdsToken = 'a token of the metadata service'
const withImdsToken =
  (answer: (cloud: FakeCloud) => string): Answer =>
  ({ headers }, _, cloud) =>
    headers['x-aws-ec2-metadata-token'] === imdsToken ? answer(cloud) : undefined
const documentOf = ({ instance }: FakeCloud): string => identityDocument({ instanceId: `i-${instance}` })

/** By method, host and path. */
const metadata: Readonly<Record<string, Answer>> = {
  'PUT 169.254.169.254/latest/api/token': () => imdsToken,
  'GET 169.254.169.254/latest/dynamic/instance-identity/document': withImdsToken(documentOf),
  'GET 169.254.169.254/latest/dynamic/instance-identity/signature': withImdsToken((cloud) =>
    sign('sha256', Buffer.from(documentOf(cloud)), cloud.keys.amazon.privateKey).toString('base64'),
  ),
  'GET metadata/computeMetadata/v1/instance/service-accounts/default/identity': (
    { headers },
    url,
    { keys, instance },
  ) =>
    headers['metadata-flavor'] === 'Google'
      ? anRsaToken(googleClaims(url.searchParams.get('audience') ?? '', instance), keys.google.privateKey, { kid: 'k' })
      : undefined,
  'GET 169.254.169.254/metadata/instance/compute/azEnvironment': () => 'AzurePublicCloud',
  'GET 169.254.169.254/metadata/identity/oauth2/token': (_, url, { keys, instance }) => {
    const token = anRsaToken(azureClaims(tenants[0], instance), keys.microsoft.privateKey, { kid: 'k' })
    const times = { expires_in: '86400', expires_on: '1', ext_expires_in: '86400', not_before: '1' }
    return JSON.stringify({ access_token: token, ...times, resource: url.searchParams.get('resource') })
  },
}

function answerOf(request: IncomingMessage, cloud: FakeCloud): string | undefined {
  const url = new URL(request.url ?? '')
  return metadata[`${request.method} ${url.host}${url.pathname}`]?.(request, url, cloud)
}

/** The hosts of Google and Microsoft, under a root that is written to `rootsFile`. */
async function startPublishers(keys: FakeCloud['keys'], rootsFile: string) {
  const now = Date.now()
  const root = aRoot(now)
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const leaf = signedBy(root.certificate, root.key, {
    serial: '31',
    subject: createName({ commonName: 'cloud' }),
    names: { ...noNames, dns: ['www.googleapis.com', 'login.microsoftonline.com'] },
    notBefore: now - 3_600_000,
    notAfter: now + 86_400_000,
    spki: spkiOf(key),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['serverAuth'],
    extensions: [],
  })
  writeFileSync(rootsFile, pemOf(root))
  const microsoft = 'https://login.microsoftonline.com'
  const documents = new Map<string, object>([
    ['www.googleapis.com/oauth2/v3/certs', keySetOf(keys.google, 'k')],
    ['login.microsoftonline.com/keys', keySetOf(keys.microsoft, 'k')],
    ...tenants.map((tenant): [string, object] => [
      `login.microsoftonline.com/${tenant}/.well-known/openid-configuration`,
      { issuer: issuerOf(tenant), jwks_uri: `${microsoft}/keys` },
    ]),
  ])
  const options = { key: keyPemOf({ certificate: leaf, key }), cert: certificatesToPem(leaf) }
  const server = createTlsServer(options, ({ headers, url }, response) => {
    const document = documents.get(`${headers.host}${url}`)
    response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document))
  })
  await listening(server)
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
