// The load of the renew bench, in a process of its own: reads its task as JSON from the first argument, gets a certificate
// for each connection, and then renews it again and again over that connection.
import { encodePem } from '../../../src/core/pem.ts'
import { generateKeyPair } from '../../../src/core/x509/private-key.ts'
import { aCsr } from '../../builders/csr.ts'
import { agentFor, send } from '../../harness/wire-client.ts'
import type { SignTask } from './sign-load.ts'
import { postWhenTold, type ClientIdentity } from './timed-posts.ts'
import { tokenMaker } from './token-recipe.ts'

const task = JSON.parse(process.argv[2] ?? '{}') as SignTask
const makeToken = tokenMaker(task.token)
const agent = agentFor(task)

async function enrol(): Promise<ClientIdentity> {
  const { privateKey } = await generateKeyPair('EC-P256')
  const { der } = aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'], privateKey })
  const request = JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', der), ott: makeToken() })
  const { status, body } = await send(agent, `${task.url}/1.0/sign`, { body: request })
  if (status !== 201) throw new Error(`/sign answered ${status}: ${body}`)
  const { certChain } = JSON.parse(body) as { certChain: string[] }
  return { cert: certChain.join(''), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

const identities = await Promise.all(Array.from({ length: task.connections }, enrol))
agent.destroy()
const post = { path: '/1.0/renew', body: '' }
await postWhenTold(
  task,
  Array.from({ length: task.count }, () => post),
  identities,
)
