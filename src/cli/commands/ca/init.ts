import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseAddress } from '../../../core/address.ts'
import { SignetError } from '../../../core/errors.ts'
import { parseDnsName, parseIp } from '../../../core/names/parse.ts'
import { defineCommand } from '../../command.ts'
import { readPasswordFile } from '../../files.ts'
import {
  authorityPaths,
  makeAuthorityKeys,
  makeConfiguration,
  type InitOptions,
  type NewFile,
} from '../../init/authority-files.ts'
import { printSelected, type CliIo } from '../../io.ts'
import { invalidFlag } from '../../usage-errors.ts'

/** `signet ca init`: writes a new authority into step's folder, in step's layout, so that `step` finds it there too. */
export const command = defineCommand({
  flags: {
    name: {
      kind: 'string',
      description: 'name of the authority, in the subjects of its certificates',
      required: true,
      commandLineOnly: true,
    },
    dns: {
      kind: 'strings',
      placeholder: 'names',
      description: 'DNS names and IP addresses under which clients reach it',
      commas: true,
      required: true,
      commandLineOnly: true,
    },
    address: {
      kind: 'string',
      placeholder: 'address',
      description: 'address to listen on, such as :9000',
      required: true,
      commandLineOnly: true,
    },
    provisioner: {
      kind: 'string',
      placeholder: 'name',
      description: 'name of the first provisioner',
      required: true,
      commandLineOnly: true,
    },
    'password-file': {
      kind: 'file',
      placeholder: 'file',
      description: 'file with the password that encrypts the keys',
      required: true,
      commandLineOnly: true,
    },
    'provisioner-password-file': {
      kind: 'file',
      placeholder: 'file',
      description: 'file with the password of the provisioner’s key; the same unless given',
      commandLineOnly: true,
    },
    'deployment-type': {
      kind: 'string',
      placeholder: 'type',
      description: 'kind of deployment',
      choices: ['standalone'],
      default: 'standalone',
      commandLineOnly: true,
    },
  },
  examples: [
    {
      comment: 'Make an authority for this machine',
      command:
        'signet ca init --name Shop --dns localhost,127.0.0.1 --address 127.0.0.1:9443 --provisioner me --password-file password.txt',
    },
  ],
  async run({ flags, io, step }) {
    const password = readPasswordFile('--password-file', flags['password-file'])
    const file = flags['provisioner-password-file']
    const options = {
      name: checkName('name', flags.name),
      dnsNames: checkNames(flags.dns),
      address: checkAddress(flags.address),
      provisioner: checkName('provisioner', flags.provisioner),
      password,
      provisionerPassword: file === undefined ? password : readPasswordFile('--provisioner-password-file', file),
    }
    await init(options, step.path, flags['password-file'], io)
  },
})

async function init(options: InitOptions, folder: string, passwordFile: string, io: CliIo): Promise<void> {
  const paths = authorityPaths(folder)
  refuseOverwrite([paths.config, paths.defaults, paths.rootCertificate, paths.rootKey, paths.intermediateKey])

  const keys = await makeAuthorityKeys(options, paths, io)
  io.err('\nGenerating root certificate... done!\nGenerating intermediate certificate... done!\n\n')
  const configuration = await makeConfiguration(options, paths, keys.root.fingerprint)
  for (const folder of paths.folders) mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const each of [...keys.files, ...configuration]) writeNew(each)

  printSelected(io, 'Root certificate', paths.rootCertificate)
  printSelected(io, 'Root private key', paths.rootKey)
  printSelected(io, 'Root fingerprint', keys.root.fingerprint)
  printSelected(io, 'Intermediate certificate', paths.intermediateCertificate)
  printSelected(io, 'Intermediate private key', paths.intermediateKey)
  printSelected(io, 'Database folder', paths.database)
  printSelected(io, 'Default configuration', paths.defaults)
  printSelected(io, 'Certificate Authority configuration', paths.config)
  io.err(`\nYour PKI is ready to go. Serve it with: signet authority ${paths.config} --password-file ${passwordFile}\n`)
}

function refuseOverwrite(files: readonly string[]): void {
  const found = files.find((file) => existsSync(file))
  if (found === undefined) return
  throw new SignetError(
    'malformed',
    `${found} exists already: set STEPPATH to another folder, or move the old one away`,
  )
}

/** `wx`: a file that appeared in the meantime is not overwritten either. */
function writeNew({ path, mode, content }: NewFile): void {
  writeFileSync(path, content, { mode, flag: 'wx' })
}

function checkName(flag: string, text: string): string {
  if (text.trim() === '') throw invalidFlag(flag, text, 'it must not be empty')
  return text
}

function checkAddress(text: string): string {
  try {
    parseAddress(text)
  } catch {
    throw invalidFlag('address', text, 'write host:port, or :port for every interface')
  }
  return text
}

function checkNames(names: readonly string[]): readonly string[] {
  const bad = names.find((name) => parseIp(name) === undefined && (parseDnsName(name) ?? '*').includes('*'))
  if (bad !== undefined) throw invalidFlag('dns', bad, 'it is no DNS name or IP address')
  return [...new Set(names)]
}
