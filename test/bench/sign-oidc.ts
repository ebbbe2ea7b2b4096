import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { freePort } from '../harness/free-port.ts'
import type { Bench } from './bench.ts'
import { besideStepCa, count, howMuch } from './support/beside-step-ca.ts'

const clientID = 'step'

/** POST /sign with an ID token as identity providers sign them. Both authorities fetch its key once. */
export const bench: Bench = {
  title: `${count} × POST /sign with an OIDC token by RSA 2048, ${howMuch}`,
  async run() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const signing = { kid: 'signing', alg: 'RS256' }
    const provider = await startProvider({ ...publicKey.export({ format: 'jwk' }), ...signing, use: 'sig' })
    try {
      return await besideStepCa({
        script: 'sign-load.ts',
        provisioners: [{ type: 'OIDC', name: 'people', clientID, configurationEndpoint: provider.url }],
        token: () => ({
          key: privateKey.export({ format: 'jwk' }),
          header: signing,
          claims: { iss: provider.url, aud: clientID, sub: 'jane', email: 'jane@example.com', email_verified: true },
        }),
        cpuRatio: 0.8,
      })
    } finally {
      await provider.stop()
    }
  },
}

/** What an authority asks of an identity provider: its document and its keys. */
async function startProvider(key: object): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/jwks` },
    '/jwks': { keys: [key] },
  }
  const server = createServer((request, response) => {
    const document = documents[request.url ?? '']
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
