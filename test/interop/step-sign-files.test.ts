import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { credentialFiles } from './support/credentials.ts'
import { onBoth } from './support/flow.ts'
import type { Pair } from './support/pair.ts'
import { signFlow, startSignPair } from './support/sign-flow.ts'

let pair: Pair
let offlineConfig: string

beforeAll(async () => {
  pair = await startSignPair()
  // `step --offline` opens the database, which one process at a time may have.
  offlineConfig = pair.folder.variant('offline.json', { db: undefined })
})
afterAll(() => pair.stop())

describe('step ca sign makes the same of signet and step-ca by files:', () => {
  it('--set-file', async () => {
    const { ours, theirs } = await onBoth(pair, (user) => {
      writeFileSync(user.file('data.json'), '{"team":["shop","web"]}')
      return signFlow(user, '--provisioner shop --set-file data.json')
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ content: expect.arrayContaining([expect.stringMatching(/OU ?= ?shop/)]) as unknown })
  })

  it('--x5c-cert and --x5c-key', async () => {
    const { ours, theirs } = await onBoth(pair, (user) => {
      const { certificate, key } = credentialFiles()
      writeFileSync(user.file('machine.crt'), certificate)
      writeFileSync(user.file('machine.key'), key)
      return signFlow(user, '--provisioner corp --not-after 1h --x5c-cert machine.crt --x5c-key machine.key')
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ said: { status: 0 } })
  })

  it('a file that is there, with and without --force', async () => {
    const { ours, theirs } = await onBoth(pair, async (user) => {
      writeFileSync(user.file('web.crt'), 'mine\n')
      const kept = [await signFlow(user, '--provisioner ops'), user.text('web.crt')]
      return { kept, replaced: await signFlow(user, '--provisioner ops --force') }
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ kept: [{ said: { status: 1 } }, 'mine\n'], replaced: { said: { status: 0 } } })
  })

  it('--root, where another certificate stands', async () => {
    const { ours, theirs } = await onBoth(pair, async (user) => {
      await user.say('certificate create --profile root-ca --no-password --insecure Other other.crt other.key')
      return signFlow(user, '--provisioner ops --root other.crt')
    })
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ said: { status: 1 } })
  })
})

it('step ca sign --offline needs only the files', async () => {
  const { ours } = await onBoth(pair, (user) => {
    const { passwordFile } = pair.folder
    return signFlow(user, `--provisioner ops --offline --ca-config ${offlineConfig} --password-file ${passwordFile}`)
  })
  expect(ours).toMatchObject({ said: { status: 0 } })
})
