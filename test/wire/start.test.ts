import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeAuthorityFolder, type AuthorityFolder } from '../harness/authority-folder.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'

const cli = fileURLToPath(new URL('../../src/app/cli.ts', import.meta.url))

describe('a start that fails', () => {
  let running: RunningAuthority
  let folder: AuthorityFolder
  beforeEach(async () => {
    running = await startAuthority()
    folder = await makeAuthorityFolder({ address: `127.0.0.1:${running.runtime.port}` })
  })
  afterEach(async () => {
    await running.stop()
    folder.remove()
  })

  it('closes the database again', async () => {
    await expect(startAuthority({ folder })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const file = join(folder.path, 'db', 'signet.db')
    expect([existsSync(file), existsSync(`${file}-wal`)]).toEqual([true, false])
  })

  it('ends the process', async () => {
    const child = spawn(process.execPath, [cli, 'authority', folder.config, '--password-file', folder.passwordFile])
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect([code, said]).toEqual([1, expect.stringContaining('signet: listen EADDRINUSE')])
  })
})
