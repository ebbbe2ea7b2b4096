import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Provider } from 'oidc-provider'
import { noNames } from '../../../src/core/names/names.ts'
import { certificatesToPem } from '../../../src/core/x509/certificate.ts'
import { createName } from '../../../src/core/x509/name.ts'
import { aRoot, pemOf, spkiOf } from '../../builders/ca-material.ts'
import { sharedKey } from '../../builders/csr.ts'
import { hour, signedBy } from '../../builders/x509.ts'
import { freePort } from '../../harness/free-port.ts'

/** A certified OpenID provider on the loopback, where everyone may log in under any name. */
export type IdentityProvider = {
  /** Its issuer, below which its document is. */
  readonly url: string
  /** PEM of the root that vouches for it. */
  readonly root: string
  /** Private key of its TLS certificate. */
  readonly tlsKey: KeyObject
  /** Has programs that look for roots where Go does trust it. */
  readonly env: Readonly<Record<string, string>>
  readonly client: { readonly clientID: string; readonly clientSecret: string }
  /** The key that its tokens are signed with, whose id is `signing`. */
  readonly key: KeyObject
  readonly stop: () => Promise<void>
}

/** Of the people who log in: what their ID tokens say, by the name that they type. */
export type People = Readonly<Record<string, { readonly email?: string; readonly groups?: readonly string[] }>>

/** Starts a provider that knows these people. */
export async function startIdentityProvider(people: People): Promise<IdentityProvider> {
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  const client = { clientID: 'step', clientSecret: 'everybody knows it' }
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { server, root } = await serveTls(new Provider(url, configurationOf(client, people, key)), port)
  const folder = mkdtempSync(join(tmpdir(), 'identity-'))
  const file = join(folder, 'root.crt')
  writeFileSync(file, root)
  return {
    url,
    root,
    tlsKey: sharedKey,
    env: { SSL_CERT_FILE: file, STEP_OPEN_BROWSER: '0' },
    client,
    key,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

function configurationOf(
  { clientID, clientSecret }: IdentityProvider['client'],
  people: People,
  key: KeyObject,
): object {
  const accountOf = (_: unknown, id: string) => ({
    accountId: id,
    claims: () => ({ sub: id, email_verified: true, ...people[id] }),
  })
  return {
    clients: [
      {
        client_id: clientID,
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        application_type: 'native',
        // Of native applications the port does not matter (RFC 8252 §7.3).
        redirect_uris: ['http://127.0.0.1'],
        response_types: ['code'],
        grant_types: ['authorization_code', deviceGrant],
      },
    ],
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: 'signing', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of no use to anyone'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified', 'groups'] },
    // step reads the ID token only.
    conformIdTokenClaims: false,
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
    findAccount: accountOf,
  }
}

async function serveTls(provider: Provider, port: number): Promise<{ server: Server; root: string }> {
  const now = Date.now()
  const root = aRoot(now)
  const leaf = signedBy(root.certificate, root.key, {
    serial: '5',
    subject: createName({ commonName: 'identity provider' }),
    names: { ...noNames, ips: ['127.0.0.1'] },
    notBefore: now - hour,
    notAfter: now + hour,
    spki: spkiOf(sharedKey),
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['serverAuth'],
    extensions: [],
  })
  const key = sharedKey.export({ type: 'pkcs8', format: 'pem' })
  const server = createServer({ key, cert: certificatesToPem(leaf) }, provider.callback())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, root: pemOf(root) }
}
