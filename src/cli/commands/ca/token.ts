import { createHash } from 'node:crypto'
import { resolveTime, type TimeDuration } from '../../../core/duration.ts'
import { parseCertificateRequest } from '../../../core/x509/csr.ts'
import { defineCommand } from '../../command.ts'
import { readInputText, writeFile } from '../../files.ts'
import {
  caFlags,
  forceFlag,
  kmsFlags,
  provisionerFlag,
  provisionerPasswordFlags,
  sanFlag,
  templateDataFlags,
} from '../../flags.ts'
import type { CliIo } from '../../io.ts'
import { makeToken } from '../../online/token-flow.ts'
import { templateData } from '../../template-data.ts'
import { incompatibleFlags } from '../../usage-errors.ts'

/** `signet ca token`: a one-time token of a JWK provisioner, by which somebody else gets one certificate. */
export const command = defineCommand({
  arguments: [{ name: 'subject', description: 'common name of the certificate; with --revoke, its serial number' }],
  flags: {
    ...sanFlag,
    ...provisionerFlag,
    kid: { kind: 'string', placeholder: 'kid', description: 'id of the provisioner’s key' },
    ...provisionerPasswordFlags,
    key: { kind: 'file', placeholder: 'file', description: 'the provisioner’s private key: JWK, JWE or PEM' },
    'not-before': { kind: 'time', placeholder: 'time|duration', description: 'start of the token’s validity' },
    'not-after': { kind: 'time', placeholder: 'time|duration', description: 'end of the token’s validity' },
    revoke: { kind: 'bool', description: 'allow to revoke in place of to sign' },
    cnf: {
      kind: 'string',
      placeholder: 'fingerprint',
      description: 'SHA-256 of the only CSR that may be signed, base64url',
    },
    'cnf-file': { kind: 'file', placeholder: 'file', description: 'the only CSR that may be signed' },
    'output-file': { kind: 'file', placeholder: 'file', description: 'file to write; printed unless given' },
    ...templateDataFlags,
    ...forceFlag,
    ...caFlags,
    kms: kmsFlags.kms,
  },
  examples: [
    {
      comment: 'Allow one certificate for two names',
      command: 'signet ca token web.test --san web.test --san 10.0.0.1',
    },
    {
      comment: 'Without a person: the password is in a file',
      command: 'signet ca token web.test --provisioner me --provisioner-password-file password.txt',
    },
  ],
  async run(context) {
    const { args, flags, io } = context
    if (flags['cnf-file'] !== undefined && flags.cnf !== undefined) throw incompatibleFlags('cnf-file', 'cnf')
    if (flags.revoke && flags.san.length > 0) throw incompatibleFlags('san', 'revoke')
    const [subject = ''] = args
    const signing = {
      names: flags.san.length > 0 ? flags.san : [subject],
      confirmation: flags['cnf-file'] === undefined ? flags.cnf : await fingerprintOf(io, flags['cnf-file']),
      user: await templateData(io, flags),
    }
    const token = await makeToken(context, {
      use: flags.revoke ? 'revoke' : 'sign',
      subject,
      ...validity(io, flags['not-before'], flags['not-after']),
      ...(flags.revoke ? {} : signing),
    })
    const file = flags['output-file']
    if (file === undefined) io.out(`${token}\n`)
    else await writeFile(io, file, token, { force: flags.force })
  },
})

async function fingerprintOf(io: CliIo, file: string): Promise<string> {
  const { der } = parseCertificateRequest(await readInputText(io, file))
  return createHash('sha256').update(der).digest('base64url')
}

/** Both from now on, as `step` counts them. */
function validity({ clock }: CliIo, notBefore: TimeDuration | undefined, notAfter: TimeDuration | undefined) {
  const at = (time: TimeDuration | undefined) => (time === undefined ? undefined : resolveTime(time, clock.now()))
  return { notBefore: at(notBefore), notAfter: at(notAfter) }
}
