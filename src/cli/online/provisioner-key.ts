import type { KeyObject } from 'node:crypto'
import { SignetError } from '../../core/errors.ts'
import { readPrivateKeyFile } from '../../core/x509/key-file.ts'
import { missingPassword } from '../../core/x509/private-key.ts'
import type { CaClient, ProvisionerEntry } from '../../client/ca-client.ts'
import { readPasswordFile, readTextFile } from '../files.ts'
import type { CliIo } from '../io.ts'
import { askPassword } from '../prompt.ts'
import { keyIdOf } from './provisioner.ts'

/** Where the key is and how it is opened: `provisionerPasswordFlags`, and `--key` where a command has it. */
export type KeyFlags = {
  readonly 'provisioner-password-file'?: string | undefined
  readonly 'password-file'?: string | undefined
  readonly key?: string | undefined
}

/** The key that signs a JWK provisioner's tokens: from the file of `--key`, else from the authority. Opened with a password. */
export async function provisionerKey(
  io: CliIo,
  client: CaClient,
  provisioner: ProvisionerEntry,
  flags: KeyFlags,
): Promise<KeyObject> {
  const { key } = flags
  if (key !== undefined) {
    return openKey(io, readTextFile('--key', key), flags, `Please enter the password to decrypt ${key}`)
  }
  const encrypted = await client.encryptedKey(keyIdOf(provisioner))
  return openKey(io, encrypted, flags, 'Please enter the password to decrypt the provisioner key')
}

/** Only of a key that is encrypted the password is read or asked for. */
async function openKey(io: CliIo, text: string, flags: KeyFlags, label: string): Promise<KeyObject> {
  try {
    return await readPrivateKeyFile(text)
  } catch (error) {
    if (!(error instanceof SignetError) || error.message !== missingPassword) throw error
  }
  return readPrivateKeyFile(text, await passwordOf(io, flags, label))
}

function passwordOf(io: CliIo, flags: KeyFlags, label: string): Promise<string> {
  const given = (['provisioner-password-file', 'password-file'] as const).find((flag) => flags[flag] !== undefined)
  const file = given === undefined ? undefined : flags[given]
  if (given !== undefined && file !== undefined) return Promise.resolve(readPasswordFile(`--${given}`, file))
  return askPassword(io, { label, flag: 'provisioner-password-file' })
}
