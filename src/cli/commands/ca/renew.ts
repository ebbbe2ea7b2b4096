import { formatDuration } from '../../../core/duration.ts'
import { SignetError } from '../../../core/errors.ts'
import { parseCertificates, type Certificate } from '../../../core/x509/certificate.ts'
import { readPrivateKeyFile } from '../../../core/x509/key-file.ts'
import { exportPrivateKey } from '../../../core/x509/private-key.ts'
import { createRenewToken } from '../../../client/provisioning-token.ts'
import { ExitError, defineCommand } from '../../command.ts'
import { readPasswordFile, readTextFile, writeFile } from '../../files.ts'
import { caFlags, forceFlag, kmsFlags, passwordFileFlag } from '../../flags.ts'
import type { CliIo } from '../../io.ts'
import { askAuthority, caUrlOf, type AuthorityContext } from '../../online/authority.ts'
import { invalidFlag } from '../../usage-errors.ts'

/** `signet ca renew`: the same certificate again, for as long as before. */
export const command = defineCommand({
  arguments: [
    { name: 'crt-file', description: 'the certificate and its issuers, PEM; replaced by the new one' },
    { name: 'key-file', description: 'its private key' },
  ],
  flags: {
    out: { kind: 'file', placeholder: 'file', description: 'file to write in place of the certificate’s own' },
    'expires-in': {
      kind: 'duration',
      placeholder: 'duration',
      description: 'renew only if no more than this is left of the certificate',
    },
    exec: {
      kind: 'string',
      placeholder: 'command',
      description: 'run after a renewal; split at spaces, without a shell',
    },
    pid: { kind: 'int', placeholder: 'pid', description: 'process that gets a signal after a renewal' },
    signal: { kind: 'int', placeholder: 'number', description: 'which signal', default: 1 },
    mtls: { kind: 'bool', description: 'prove the certificate in the TLS handshake; else by a token', default: true },
    ...passwordFileFlag,
    ...forceFlag,
    ...caFlags,
    kms: kmsFlags.kms,
  },
  examples: [
    { comment: 'Renew in place', command: 'signet ca renew web.crt web.key --force' },
    {
      comment: 'Only in the last eight hours, then have nginx read it',
      command: 'signet ca renew web.crt web.key --force --expires-in 8h --exec "nginx -s reload"',
    },
  ],
  async run(context) {
    const { args, flags, io, isGiven } = context
    const [crtFile = '', keyFile = ''] = args
    const { pid, signal, out = crtFile } = flags
    if (pid !== undefined && pid <= 0) throw invalidFlag('pid', String(pid))
    if (isGiven('signal') && signal <= 0) throw invalidFlag('signal', String(signal))
    const [leaf, ...issuers] = parseCertificates(readTextFile('<crt-file>', crtFile))
    if (leaf === undefined) throw new SignetError('malformed', `${crtFile} holds no certificate`)
    const left = flags['expires-in']
    if (left !== undefined && !isDue(io, leaf, left)) return

    const file = flags['password-file']
    const password = file === undefined ? undefined : readPasswordFile('--password-file', file)
    const key = await readPrivateKeyFile(readTextFile('<key-file>', keyFile), password)
    const identity = {
      certificateChain: readTextFile('<crt-file>', crtFile),
      privateKey: exportPrivateKey(key, 'PKCS8'),
    }
    const byTls = flags.mtls && io.clock.now() <= leaf.notAfter
    const renewed = await renew(context, (client) =>
      byTls
        ? client.renew(identity)
        : client.renewByToken(
            createRenewToken([leaf, ...issuers], key, { audience: `${caUrlOf(context)}/renew`, clock: io.clock }),
          ),
    )
    await writeFile(io, out, renewed.certificateChain, { force: flags.force })
    io.err(`Your certificate has been saved in ${out}.\n`)
    if (pid !== undefined) io.kill(pid, signal)
    await execute(io, flags.exec)
  },
})

type Ask = Parameters<typeof askAuthority>[1]

async function renew<T>(context: AuthorityContext, ask: (client: Parameters<Ask>[0]) => Promise<T>): Promise<T> {
  try {
    return await askAuthority(context, ask)
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    throw new SignetError(error.code, `error renewing certificate: ${error.message}`, { cause: error })
  }
}

/** Is no more left than `--expires-in`, or up to a twentieth more, so that many do not renew at once? Says so if not. */
function isDue(io: CliIo, { notBefore, notAfter }: Certificate, left: number): boolean {
  const validity = notAfter - notBefore
  if (left > validity) {
    const values = `expires-in=${formatDuration(left)}, cert-validity-period=${formatDuration(validity)}`
    const rule = "flag '--expires-in' must be within (lower than) the certificate validity period"
    throw new SignetError('malformed', `${rule}; ${values}`)
  }
  const remaining = notAfter - io.clock.now()
  const [random = 0] = io.random.bytes(1)
  if (left <= 0 || remaining <= left + (left / 20) * (random / 256)) return true
  io.err(`certificate not renewed: expires in ${formatDuration(Math.round(remaining / 1000) * 1000)}\n`)
  return false
}

/** The status of the program is not this one's, but a failure is. */
async function execute(io: CliIo, line: string | undefined): Promise<void> {
  const [program = '', ...args] = (line ?? '').trim().split(' ')
  if (program === '') return
  const status = await io.run(program, args)
  if (status !== 0) throw new ExitError(1, `exit status ${status}`)
}
