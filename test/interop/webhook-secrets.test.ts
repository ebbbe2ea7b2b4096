import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { pemOf } from '../builders/ca-material.ts'
import { aCsr } from '../builders/csr.ts'
import { freePort } from '../harness/free-port.ts'
import { startWebhookServer, type WebhookServer } from '../harness/webhook-server.ts'
import { agentFor, aStepToken, send } from '../harness/wire-client.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome, type StepHome } from './support/step-home.ts'

/** step-ca knows secrets of webhooks only by its admin API: there `step` makes the hooks that ours has in ca.json. */
let folder: CaFolder
let server: WebhookServer
let home: StepHome
const running: ServerProcess[] = []
const files = mkdtempSync(join(tmpdir(), 'signet-webhook-secrets-'))
const env = { SSL_CERT_FILE: join(files, 'roots.pem') }

type Written = { readonly authority: { readonly provisioners: readonly [object] } }

beforeAll(async () => {
  server = await startWebhookServer()
  server.on('/bearer', { allow: true })
  server.on('/basic', { allow: true })
  writeFileSync(env.SSL_CERT_FILE, pemOf(server.root))
  folder = await initFolder('step')
  const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as Written
  const config = folder.variant('admin.json', { authority: { ...authority, enableAdmin: true } })
  running.push(await serve('step-ca', folder, { config, env }))
  home = await stepHome(folder, folder.url)
})
afterAll(async () => {
  home.remove()
  for (const process of running) await process.stop()
  await server.stop()
  folder.remove()
  rmSync(files, { recursive: true })
})

/** Makes a hook as an administrator, and gives back what `step` shows once. */
async function addHook(name: string, flags: readonly string[]): Promise<{ id: string; secret: string }> {
  const admin = words('--admin-subject step --admin-provisioner ops --admin-password-file')
  const { stdout, stderr } = await home.step(
    ...words(`ca provisioner webhook add ops ${name} --kind AUTHORIZING`),
    '--url',
    `${server.url}/${name}`,
    ...flags,
    ...admin,
    folder.provisionerPasswordFile,
  )
  const [, id = '', secret = ''] = /Webhook ID: (\S+)\nSecret: (\S+)\n/.exec(stdout) ?? []
  if (secret === '') throw new Error(`step made no webhook: ${stderr}`)
  return { id, secret }
}

/** What the hooks hear when a certificate is asked for at this URL. */
async function heardOf(url: string) {
  server.take()
  const agent = agentFor(folder)
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ sans: ['web.test'] }).der)
  const answer = await send(agent, `${url}/1.0/sign`, { body: JSON.stringify({ csr, ott: aStepToken(folder) }) })
  agent.destroy()
  return { status: answer.status, calls: server.take() }
}

it('hooks hear the same of a hook of the admin API of step-ca and of one of ca.json with the same secrets', async () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(files, name), `${text}\n`)
    return join(files, name)
  }
  const [token, password] = [file('token', 'b3arer'), file('password', 'p4ss word')]
  const hooks = {
    bearer: await addHook('bearer', ['--bearer-token-file', token]),
    basic: await addHook('basic', ['--basic-auth-username', 'ca', '--basic-auth-password-file', password]),
  }
  const theirs = await heardOf(folder.url)

  const port = await freePort()
  const webhooks = Object.entries(hooks).map(([name, { id, secret }]) => ({
    id,
    name,
    url: `${server.url}/${name}`,
    kind: 'AUTHORIZING',
    signet: {
      secretFile: file(`${name}.secret`, secret),
      ...(name === 'bearer' ? { bearerTokenFile: token } : { basicAuth: { username: 'ca', passwordFile: password } }),
    },
  }))
  const { authority } = JSON.parse(readFileSync(folder.config, 'utf8')) as Written
  const config = folder.variant('signet.json', {
    authority: { ...authority, provisioners: [{ ...authority.provisioners[0], options: { webhooks } }] },
    db: { type: 'sqlite', dataSource: join(files, 'db.sqlite') },
    address: `127.0.0.1:${port}`,
  })
  const ours = { ...folder, port, url: `https://localhost:${port}` }
  running.push(await serve('signet', ours, { config, env }))
  const heard = await heardOf(ours.url)

  expect([heard.status, theirs.status]).toEqual([201, 201])
  const shown = ({ calls }: Awaited<ReturnType<typeof heardOf>>) =>
    calls.map(({ path, clientName, headers, body }) => {
      const name = path.slice(1) as keyof typeof hooks
      const secret = Buffer.from(hooks[name].secret, 'base64')
      return {
        path,
        clientName,
        id: headers['x-smallstep-webhook-id'],
        authorization: headers.authorization,
        signed: headers['x-smallstep-signature'] === createHmac('sha256', secret).update(body).digest('hex'),
      }
    })
  expect(shown(heard)).toEqual(shown(theirs))
  const basic = `Basic ${Buffer.from('ca:p4ss word').toString('base64')}`
  const common = { clientName: 'Step Online CA', signed: true }
  expect(shown(heard)).toEqual([
    { path: '/bearer', id: hooks.bearer.id, authorization: 'Bearer b3arer', ...common },
    { path: '/basic', id: hooks.basic.id, authorization: basic, ...common },
  ])
})
