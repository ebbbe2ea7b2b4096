// The load of the sign bench, in a process of its own: reads its task as JSON from the first argument and makes all
// requests beforehand.
import { createPrivateKey, randomUUID } from 'node:crypto'
import { encodePem } from '../../../src/core/pem.ts'
import { generateKeyPair } from '../../../src/core/x509/private-key.ts'
import { aCsr } from '../../builders/csr.ts'
import { aToken } from '../../builders/tokens.ts'
import { postWhenTold, type SignTarget } from './timed-posts.ts'

export type LoadTask = SignTarget & {
  readonly provisioner: string
  readonly kid: string
  /** JWK of the provisioner's private key. */
  readonly key: Readonly<Record<string, string>>
  readonly count: number
}

const task = JSON.parse(process.argv[2] ?? '{}') as LoadTask
const key = createPrivateKey({ key: task.key, format: 'jwk' })

/** Different keys, so that no cache of parsed keys helps anybody. */
const csrs = await Promise.all(
  Array.from({ length: 256 }, async () => {
    const { privateKey } = await generateKeyPair('EC-P256')
    const { der } = aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'], privateKey })
    return encodePem('CERTIFICATE REQUEST', der)
  }),
)

function makeBody(index: number): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: `${task.url}/1.0/sign`,
    iss: task.provisioner,
    sub: 'web.test',
    sans: ['web.test'],
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 600,
  }
  return JSON.stringify({ csr: csrs[index % csrs.length], ott: aToken(claims, key, { kid: task.kid }) })
}

await postWhenTold(
  task,
  Array.from({ length: task.count }, (_, index) => makeBody(index)),
)
