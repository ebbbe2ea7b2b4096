import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pemOf } from '../builders/ca-material.ts'
import { startAdminAuthority } from '../harness/admin-authority.ts'
import { anAdminIdentity, anAdminToken, callAdmin, type AdminAnswer } from '../harness/admin-client.ts'
import { root } from '../interop/support/credentials.ts'

it('an admin who is removed while his request waits for its body changes nothing', async () => {
  const authority = await startAdminAuthority()
  const { url, agent } = authority.target()
  const call = (method: string, path: string, body?: object): Promise<AdminAnswer> =>
    callAdmin(authority.target(), authority.admin, method, path, body)
  const made = await call('POST', '/admin/admins', { subject: 'jane@example.com', provisioner: 'ops', type: 2 })
  const { id } = made.json as { readonly id: string }
  const jane = await anAdminIdentity(authority.target(), 'jane@example.com')
  const authorization = anAdminToken(jane, '/admin/admins')
  const slow = request(`${url}/admin/admins`, {
    method: 'POST',
    agent,
    headers: { authorization, expect: '100-continue' },
  })
  const answer = new Promise<string>((resolve, reject) => {
    slow.on('error', reject)
    slow.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(`${response.statusCode} ${Buffer.concat(chunks).toString('utf8')}`))
    })
  })
  slow.flushHeaders()
  await once(slow, 'continue')
  // Whoever comes later is authorized later: these are answered when the one that waits has been let in.
  for (let turn = 0; turn < 3; turn += 1) expect((await call('GET', '/admin/admins')).status).toBe(200)
  expect((await call('DELETE', `/admin/admins/${id}`)).status).toBe(200)
  slow.end(JSON.stringify({ subject: 'mallory', provisioner: 'ops', type: 2 }))
  expect(await answer).toBe(
    `401 ${JSON.stringify({
      type: 'unauthorized',
      detail: 'unauthorized',
      message: "admin 'jane@example.com' was removed before this request was done",
    })}\n`,
  )
  const { json } = await call('GET', '/admin/admins')
  expect((json['admins'] as { subject: string }[]).map(({ subject }) => subject)).toEqual(['step'])
  await authority.stop()
})

it('an AWS provisioner whose certificates were in a file is changed without that file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-aws-'))
  const iidRoots = join(folder, 'aws.pem')
  writeFileSync(iidRoots, pemOf(root))
  const aws = { type: 'AWS', name: 'ec2', accounts: ['123456789012'], iidRoots }
  const authority = await startAdminAuthority({}, {}, [aws])
  rmSync(folder, { recursive: true })
  const path = '/admin/provisioners/ec2'
  const call = (method: string, body?: object): Promise<AdminAnswer> =>
    callAdmin(authority.target(), authority.admin, method, path, body)
  const { json } = await call('GET')
  const wanted = { ...json, details: { AWS: { accounts: ['123456789012', '210987654321'] } } }
  const changed = await call('PUT', wanted)
  expect([changed.status, changed.json]).toEqual([200, wanted])
  await authority.ca.restart()
  expect((await call('GET')).json).toEqual(wanted)
  await authority.stop()
})
