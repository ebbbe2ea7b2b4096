import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../cluster/harness/run.ts'
import { initFolder, type CaFolder } from './support/ca-folder.ts'
import { runProgram, words } from './support/programs.ts'
import { serve } from './support/serve.ts'

let ours: CaFolder
let theirs: CaFolder

beforeAll(async () => {
  ;[ours, theirs] = await Promise.all([initFolder('signet'), initFolder('step')])
})
afterAll(() => {
  ours.remove()
  theirs.remove()
})

/** Path and mode of everything below a folder. */
function tree({ path }: CaFolder): string[] {
  return ['.', ...(readdirSync(path, { recursive: true }) as string[])]
    .map((name) => `${(statSync(join(path, name)).mode & 0o777).toString(8)} ${name}`)
    .toSorted()
}

/** A text without what differs between two folders: where they are, and their ports. */
const normal = (text: string, { path, port, fingerprint }: CaFolder): string =>
  text.replaceAll(path, '/ca').replaceAll(String(port), '9000').replaceAll(fingerprint, 'fingerprint')

const textOf = (folder: CaFolder, ...names: string[]): string =>
  normal(readFileSync(folder.file(...names), 'utf8'), folder)

describe('signet ca init beside step ca init', () => {
  it('makes the same folders and files with the same modes', () => {
    expect(tree(ours)).toEqual(tree(theirs))
    expect(tree(ours)).toEqual(
      expect.arrayContaining(['600 secrets/root_ca_key', '644 config/ca.json', '700 .', '700 db']),
    )
  })

  it('says the same, line by line, up to what to do next', () => {
    const lines = ({ said: { stderr } }: CaFolder, folder: CaFolder): string =>
      normal(stderr, folder).split('Your PKI')[0] ?? ''
    expect(lines(ours, ours)).toBe(lines(theirs, theirs))
    expect([ours.said.stdout, theirs.said.stdout]).toEqual(['', ''])
    expect(ours.said.stderr).toContain(`signet authority ${ours.config} --password-file ${ours.passwordFile}\n`)
  })

  it('writes the same defaults.json', () => {
    expect(textOf(ours, 'config', 'defaults.json')).toBe(textOf(theirs, 'config', 'defaults.json'))
  })

  it('writes the same ca.json but for logger and keys', () => {
    const read = (folder: CaFolder) => {
      const text = textOf(folder, 'config', 'ca.json')
      // Order of members, indentation and end of the file are the same too.
      const keys = /"(kid|x|y|encryptedKey)": "[\w.-]+"/g
      return text.replace(keys, '"$1": ""').replace(/\t"logger": [^}]+\},\n/, '')
    }
    expect(read(ours)).toBe(read(theirs))
    const { logger } = JSON.parse(textOf(ours, 'config', 'ca.json')) as Record<string, unknown>
    expect(logger).toEqual({ format: 'json' })
  })

  it.each(['root_ca.crt', 'intermediate_ca.crt'])('makes %s with the same content', async (name) => {
    const inspect = async (folder: CaFolder): Promise<string> => {
      const { stdout } = await runProgram('step', ['certificate', 'inspect', folder.file('certs', name)])
      return stdout
        .replace(/Serial Number: .*/, 'Serial Number')
        .replace(/(Not Before|Not After ): .*/g, '$1')
        .replace(/\n +(?:[0-9a-f]{2}:)+(?:[0-9a-f]{2})?(?=\n)/g, '')
        .replace(/\n +[0-9a-f]{2}:[0-9a-f:]+$/gm, '')
        .replace(/(?:[0-9A-F]{2}:){19}[0-9A-F]{2}/g, 'key id')
    }
    const life = (folder: CaFolder): number => {
      const { validFrom, validTo } = new X509Certificate(readFileSync(folder.file('certs', name)))
      return Date.parse(validTo) - Date.parse(validFrom)
    }
    expect(await inspect(ours)).toBe(await inspect(theirs))
    expect([life(ours), life(theirs)]).toEqual([3650 * 86_400_000, 3650 * 86_400_000])
  })
})

describe('the keys of signet ca init', () => {
  it.each(['root', 'intermediate'])(
    'the %s’s opens in openssl and step with its password, and belongs to it',
    async (name) => {
      const [key, certificate] = [ours.file('secrets', `${name}_ca_key`), ours.file('certs', `${name}_ca.crt`)]
      const pass = ['-passin', `file:${ours.passwordFile}`]
      const certified = await run('openssl', ['x509', '-in', certificate, '-noout', '-pubkey'])
      expect(await run('openssl', ['pkey', '-in', key, ...pass, '-pubout'])).toBe(certified)
      const plain = await runProgram('step', [
        ...words('crypto key format --pem --pkcs8 --no-password --insecure --password-file'),
        ours.passwordFile,
        key,
      ])
      expect(await run('openssl', ['pkey', '-pubout'], { input: plain.stdout })).toBe(certified)
      const wrong = await runProgram('step', [
        'crypto',
        'key',
        'inspect',
        '--password-file',
        ours.provisionerPasswordFile,
        key,
      ])
      expect([wrong.status, wrong.stderr]).toEqual([
        1,
        `error decrypting ${key}: x509: decryption password incorrect\n`,
      ])
    },
  )

  it('the provisioner’s opens in step with its own password', async () => {
    const { authority } = JSON.parse(readFileSync(ours.config, 'utf8')) as {
      authority: { provisioners: [{ key: Record<string, string>; encryptedKey: string }] }
    }
    const [{ key, encryptedKey }] = authority.provisioners
    const decrypt = (passwordFile: string) =>
      runProgram('step', ['crypto', 'jwe', 'decrypt', '--password-file', passwordFile], { input: encryptedKey })
    const { d, ...publicPart } = JSON.parse((await decrypt(ours.provisionerPasswordFile)).stdout) as Record<
      string,
      string
    >
    expect([publicPart, d?.length]).toEqual([key, 43])
    expect((await decrypt(ours.passwordFile)).status).toBe(1)
    const thumbprint = await runProgram('step', ['crypto', 'jwk', 'thumbprint'], { input: JSON.stringify(key) })
    expect(thumbprint.stdout.trim()).toBe(key['kid'])
  })

  it('the chain verifies in openssl', async () => {
    const [root, intermediate] = ['root', 'intermediate'].map((name) => ours.file('certs', `${name}_ca.crt`)) as [
      string,
      string,
    ]
    expect(await run('openssl', ['verify', '-x509_strict', '-CAfile', root, intermediate])).toBe(
      `${intermediate}: OK\n`,
    )
  })
})

describe('a ca.json', () => {
  const health = async (server: 'signet' | 'step-ca', folder: CaFolder): Promise<string> => {
    const process = await serve(server, folder)
    const root = folder.file('certs', 'root_ca.crt')
    const { stdout } = await runProgram('step', ['ca', 'health', '--ca-url', folder.url, '--root', root])
    await process.stop()
    return stdout
  }

  it('that step ca init wrote starts step-ca and signet in turn, unchanged, each with its own database', async () => {
    expect(await health('step-ca', theirs)).toBe('ok\n')
    const files = (): string[] => readdirSync(theirs.file('db')).toSorted()
    const before = files()
    expect(before).not.toContain('signet.db')
    expect(await health('signet', theirs)).toBe('ok\n')
    expect(files()).toEqual([...before, 'signet.db'].toSorted())
    expect(await health('step-ca', theirs)).toBe('ok\n')
    expect(await health('signet', theirs)).toBe('ok\n')
    const log = readFileSync(join(theirs.path, '..', 'signet.log'), 'utf8')
    expect(log).toContain('"path":"db.type"')
  })

  it('that signet ca init wrote starts signet and step-ca in turn, unchanged', async () => {
    expect(await health('signet', ours)).toBe('ok\n')
    expect(await health('step-ca', ours)).toBe('ok\n')
    expect(await health('signet', ours)).toBe('ok\n')
  })
})
