import { X509Certificate, hash } from 'node:crypto'
import { encodePem } from '../../../src/core/pem.ts'
import { aCsr } from '../../builders/csr.ts'
import { agentFor, aStepToken, send } from '../../harness/wire-client.ts'
import type { CaFolder } from '../support/ca-folder.ts'
import { cipherSuite } from './tls.ts'

/** A certificate that a client holds. */
export type Held = {
  /** Decimal, as the store has it. */
  readonly serial: string
  /** SHA-256 of its DER. */
  readonly fingerprint: string
}

/** A client of one CA, over kept connections whose traffic can be read afterwards. */
export type Issuer = {
  /** Has one certificate issued; fails if the answer is not a whole 201. */
  readonly issue: () => Promise<Held>
  /** The server's application traffic secret of each connection so far, by the client's port. */
  readonly secrets: ReadonlyMap<number, Buffer>
  readonly close: () => void
}

const secretLine = /^SERVER_TRAFFIC_SECRET_0 [0-9a-f]+ ([0-9a-f]+)$/m

export function openIssuer(folder: CaFolder, connections: number): Issuer {
  const agent = agentFor(folder, { maxSockets: connections, minVersion: 'TLSv1.3', ciphers: cipherSuite })
  const secrets = new Map<number, Buffer>()
  agent.on('keylog', (line, { localPort }) => {
    const [, secret] = secretLine.exec(line.toString()) ?? []
    if (secret !== undefined && localPort !== undefined) secrets.set(localPort, Buffer.from(secret, 'hex'))
  })
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'] }).der)
  return {
    async issue() {
      const body = JSON.stringify({ csr, ott: aStepToken(folder) })
      const answer = await send(agent, `${folder.url}/sign`, { body })
      if (answer.status !== 201) throw new Error(`/sign answered ${answer.status}: ${answer.body}`)
      const { raw, serialNumber } = new X509Certificate((JSON.parse(answer.body) as { crt: string }).crt)
      return { serial: BigInt(`0x${serialNumber}`).toString(), fingerprint: hash('sha256', raw) }
    },
    secrets,
    close: () => agent.destroy(),
  }
}
