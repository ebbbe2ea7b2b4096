import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createJsonFetcher } from '../../../../src/adapters/web/json-fetcher.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { certificatesToPem } from '../../../../src/core/x509/certificate.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { aRoot, spkiOf } from '../../../builders/ca-material.ts'
import { sharedKey } from '../../../builders/csr.ts'
import { hour, signedBy } from '../../../builders/x509.ts'

const servers: Server[] = []
afterEach(() => {
  vi.unstubAllEnvs()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const httpServer = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createHttp(listener))}`

const now = Date.now()
const root = aRoot(now)
const leaf = signedBy(root.certificate, root.key, {
  serial: '5',
  subject: createName({ commonName: 'id' }),
  names: { ...noNames, ips: ['127.0.0.1'] },
  notBefore: now - hour,
  notAfter: now + hour,
  spki: spkiOf(sharedKey),
  keyUsage: ['digitalSignature'],
  extKeyUsage: ['serverAuth'],
  extensions: [],
})
async function httpsServer(listener: RequestListener): Promise<string> {
  const key = sharedKey.export({ type: 'pkcs8', format: 'pem' })
  return `https://127.0.0.1:${await listen(createHttps({ key, cert: certificatesToPem(leaf) }, listener))}`
}

const fetcher = createJsonFetcher()
const hasty = createJsonFetcher(300)
const unavailable = (url: string, why: string) => ({ code: 'unavailable', message: `cannot fetch ${url}: ${why}` })

describe('JSON of others', () => {
  it('comes with its Cache-Control', async () => {
    const url = await httpServer((_, response) =>
      response.writeHead(200, { 'cache-control': 'max-age=5' }).end('{"a":"é"}'),
    )
    expect(await fetcher.fetchJson(`${url}/x`, [])).toEqual({ value: { a: 'é' }, cacheControl: 'max-age=5' })
  })

  it('comes from who has it as a key set only, as the API server of Kubernetes', async () => {
    const url = await httpServer(({ headers }, response) => {
      const fits = headers.accept?.split(', ').includes('application/jwk-set+json')
      response.writeHead(fits ? 200 : 406, { 'content-type': 'application/jwk-set+json' }).end('{"keys":[]}')
    })
    expect((await fetcher.fetchJson(url, [])).value).toEqual({ keys: [] })
  })

  it('comes over TLS from a host that one of the roots vouches for, and from no other', async () => {
    const url = await httpsServer((_, response) => response.end('[]'))
    expect(await fetcher.fetchJson(url, [root.certificate])).toEqual({ value: [], cacheControl: '' })
    await expect(fetcher.fetchJson(url, [])).rejects.toMatchObject(
      unavailable(url, 'unable to verify the first certificate'),
    )
  })

  it('is followed to where it went, five times', async () => {
    const url = await httpServer((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('{}')
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    expect((await fetcher.fetchJson(`${url}/5`, [])).value).toEqual({})
    await expect(fetcher.fetchJson(`${url}/6`, [])).rejects.toMatchObject(
      unavailable(`${url}/6`, 'it redirects more than 5 times'),
    )
  })

  it('is not followed from https to http', async () => {
    const url = await httpsServer((_, response) => response.writeHead(301, { location: 'http://127.0.0.1/' }).end())
    await expect(fetcher.fetchJson(url, [root.certificate])).rejects.toMatchObject(
      unavailable(url, 'it redirects from https to http'),
    )
  })

  it.each<[string, RequestListener]>([
    ['it answered 404', (_, response) => response.writeHead(404).end('{}')],
    ['it answered 302', (_, response) => response.writeHead(302).end()],
    ['it is not JSON', (_, response) => response.end('<html>')],
    ['it is longer than 1048576 bytes', (_, response) => response.end(Buffer.alloc(1024 * 1024 + 1, 32))],
    ['socket hang up', (request) => request.socket.destroy()],
  ])('is refused: %s', async (why, listener) => {
    const url = await httpServer(listener)
    await expect(fetcher.fetchJson(url, [])).rejects.toMatchObject(unavailable(url, why))
  })

  it.each<[string, RequestListener]>([
    ['at all', () => undefined],
    ['to its end', (_, response) => response.write('{')],
  ])('is not waited for: no answer %s', async (_, listener) => {
    const url = await httpServer(listener)
    await expect(hasty.fetchJson(url, [])).rejects.toMatchObject(unavailable(url, 'no answer within 0.3 s'))
  })

  it('comes through the proxy of the environment, but straight from this machine', async () => {
    const asked: (string | undefined)[] = []
    const proxy = await httpServer((request, response) => {
      asked.push(request.url)
      response.end('"by proxy"')
    })
    const own = await httpServer((_, response) => response.end('"straight"'))
    vi.stubEnv('HTTP_PROXY', proxy)
    expect((await fetcher.fetchJson('http://cloud.test/keys', [])).value).toBe('by proxy')
    expect((await fetcher.fetchJson(own, [])).value).toBe('straight')
    expect(asked).toEqual(['http://cloud.test/keys'])
  })

  it('is not there where the URL is none', async () => {
    await expect(fetcher.fetchJson('x', [])).rejects.toMatchObject(unavailable('x', 'Invalid URL'))
  })
})
