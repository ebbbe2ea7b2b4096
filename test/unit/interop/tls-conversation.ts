import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { connect, TLSSocket } from 'node:tls'
import { aRoot, keyPemOf, pemOf } from '../../builders/ca-material.ts'
import { cipherSuite } from '../../interop/durability/tls.ts'

/** What the server of a real TLS 1.3 connection in memory put on the wire. */
export type Conversation = {
  /** Its application traffic secret. */
  readonly secret: Buffer
  /** All that came before the first answer, session tickets included. */
  readonly handshake: Buffer
  /** The bytes of each answer. */
  readonly answers: readonly Buffer[]
}

/** Has a server say these texts to a client, one after the other. */
export async function recordConversation(texts: readonly string[]): Promise<Conversation> {
  const [serverEnd, wireOfServer] = duplexPair()
  const [clientEnd, wireOfClient] = duplexPair()
  let wire: Buffer[] = []
  wireOfServer.on('data', (chunk: Buffer) => {
    wire.push(chunk)
    wireOfClient.write(chunk)
  })
  wireOfClient.pipe(wireOfServer)
  const root = aRoot(Date.UTC(2026, 0, 1))
  const server = new TLSSocket(serverEnd, { isServer: true, cert: pemOf(root), key: keyPemOf(root) })
  const client = connect({ socket: clientEnd, rejectUnauthorized: false, minVersion: 'TLSv1.3', ciphers: cipherSuite })
  let secret = ''
  client.on('keylog', (line: Buffer) => {
    if (line.toString().startsWith('SERVER_TRAFFIC_SECRET_0')) secret = line.toString().trim().split(' ').at(-1) ?? ''
  })
  const cut = (): Buffer => {
    const bytes = Buffer.concat(wire)
    wire = []
    return bytes
  }
  await Promise.all([once(client, 'secureConnect'), once(server, 'secure')])
  const handshake = cut()
  const answers: Buffer[] = []
  for (const text of texts) {
    server.write(text)
    await once(client, 'data')
    answers.push(cut())
  }
  server.destroy()
  client.destroy()
  return { secret: Buffer.from(secret, 'hex'), handshake, answers }
}
