import { Command, InvalidArgumentError, Option } from 'commander'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseAddress } from '../../../core/address.ts'
import { SignetError } from '../../../core/errors.ts'
import { parseDnsName, parseIp } from '../../../core/names/parse.ts'
import { readPasswordFile, stepPath } from '../../files.ts'
import { authorityPaths, makeAuthorityKeys, makeConfiguration, type NewFile } from '../../init/authority-files.ts'
import { printSelected, type CliIo } from '../../io.ts'

type Flags = {
  readonly name: string
  readonly dns: readonly string[]
  readonly address: string
  readonly provisioner: string
  readonly passwordFile: string
  readonly provisionerPasswordFile?: string
}

/** `signet ca init`: writes a new authority into step's folder, in step's layout, so that `step` finds it there too. */
export function initCommand(io: CliIo): Command {
  return new Command('init')
    .description('make a new certificate authority: root, intermediate, a JWK provisioner, ca.json and defaults.json')
    .requiredOption('--name <name>', 'name of the authority, in the subjects of its certificates', notEmpty)
    .requiredOption(
      '--dns <names>',
      'DNS names and IP addresses under which clients reach it (repeat, or commas)',
      addNames,
    )
    .requiredOption('--address <address>', 'address to listen on, such as :9000', checkAddress)
    .requiredOption('--provisioner <name>', 'name of the first provisioner', notEmpty)
    .requiredOption('--password-file <file>', 'file with the password that encrypts the keys')
    .option('--provisioner-password-file <file>', 'file with the password of the provisioner’s key (default: the same)')
    .addOption(
      new Option('--deployment-type <type>', 'kind of deployment').choices(['standalone']).default('standalone'),
    )
    .action((flags: Flags) => init(flags, io))
}

async function init(flags: Flags, io: CliIo): Promise<void> {
  const password = readPasswordFile('--password-file', flags.passwordFile)
  const { provisionerPasswordFile: file } = flags
  const options = {
    name: flags.name,
    dnsNames: flags.dns,
    address: flags.address,
    provisioner: flags.provisioner,
    password,
    provisionerPassword: file === undefined ? password : readPasswordFile('--provisioner-password-file', file),
  }
  const paths = authorityPaths(stepPath(io))
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
  io.err(
    `\nYour PKI is ready to go. Serve it with: signet authority ${paths.config} --password-file ${flags.passwordFile}\n`,
  )
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

function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

function checkAddress(text: string): string {
  try {
    parseAddress(text)
  } catch {
    throw new InvalidArgumentError('Write host:port, or :port for every interface.')
  }
  return text
}

function addNames(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  const bad = names.find((name) => parseIp(name) === undefined && (parseDnsName(name) ?? '*').includes('*'))
  if (bad !== undefined) throw new InvalidArgumentError(`${JSON.stringify(bad)} is no DNS name or IP address.`)
  return [...new Set([...before, ...names])]
}
