import { afterAll, beforeAll, expect, it } from 'vitest'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send } from '../harness/wire-client.ts'

let ca: RunningAuthority
let agent: ReturnType<typeof agentFor>

beforeAll(async () => {
  ca = await startAuthority()
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
})

it('refuses a reason that would fill log and database, before it looks at the token', async () => {
  const revoke = (reason: string) =>
    send(agent, `${ca.url}/1.0/revoke`, {
      body: JSON.stringify({ serial: '1', ott: 'no token', passive: true, reason }),
    })
  const answer = await revoke('é'.repeat(513))
  const message = 'The request could not be completed: reason is longer than 1024 bytes.'
  expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { status: 400, message }])
  const line = await ca.lineOf(String(answer.headers['x-request-id']))
  expect(JSON.stringify(line)).not.toContain('éé')
  expect((await revoke('é'.repeat(512))).status).toBe(401)
})
