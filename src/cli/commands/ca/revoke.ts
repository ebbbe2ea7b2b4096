import { SignetError } from '../../../core/errors.ts'
import { readUnverified } from '../../../core/tokens/unverified.ts'
import { parseCertificate } from '../../../core/x509/certificate.ts'
import { readPrivateKeyFile } from '../../../core/x509/key-file.ts'
import { exportPrivateKey } from '../../../core/x509/private-key.ts'
import { defineCommand } from '../../command.ts'
import { readTextFile } from '../../files.ts'
import { caFlags, provisionerFlag, provisionerPasswordFlags, tokenFlag } from '../../flags.ts'
import { withClient } from '../../online/authority.ts'
import { reasonCodeOf } from '../../online/revocation-reason.ts'
import { clientForToken } from '../../online/token-client.ts'
import { makeToken, type TokenContext } from '../../online/token-flow.ts'
import { requiredWithFlag, tooFewArguments } from '../../usage-errors.ts'

/** `signet ca revoke`: by a token, or by the certificate and its key. */
export const command = defineCommand({
  description: 'A certificate that is revoked is not renewed any more, and stands in the CRL if the authority has one.',
  arguments: [{ name: 'serial-number', description: 'decimal, or with a prefix such as 0x', optional: true }],
  flags: {
    cert: { kind: 'file', placeholder: 'file', description: 'the certificate that is revoked; needs --key' },
    key: { kind: 'file', placeholder: 'file', description: 'private key of that certificate' },
    reason: { kind: 'string', placeholder: 'text', description: 'why, for those who read the record' },
    reasonCode: {
      kind: 'string',
      placeholder: 'code',
      description: 'why, by a number or a name of RFC 5280: keyCompromise, superseded …; unspecified unless given',
    },
    ...tokenFlag,
    ...provisionerFlag,
    ...provisionerPasswordFlags,
    ...caFlags,
  },
  examples: [
    { comment: 'Revoke by the certificate itself', command: 'signet ca revoke --cert web.crt --key web.key' },
    {
      comment: 'Revoke by the serial number, because the key was stolen',
      command: 'signet ca revoke 308893286343609293989051180431574390766 --reasonCode keyCompromise',
    },
  ],
  async run(context) {
    const { flags, io } = context
    const reasonCode = reasonCodeOf(flags.reasonCode)
    const { serial, proof } = await (flags.cert !== undefined || flags.key !== undefined
      ? byCertificate(context)
      : byToken(context))
    const token = proof.ott === undefined ? undefined : readUnverified(proof.ott)
    if (token !== undefined && token.claims.subject !== serial) {
      const message = `token subject '${token.claims.subject}' and serial number '${serial}' do not match`
      throw new SignetError('malformed', message)
    }
    const reason = flags.reason === undefined ? {} : { reason: flags.reason }
    await withClient(await clientForToken(context, token), (client) =>
      client.revoke({ serial, reasonCode, ...reason, ...proof }),
    )
    io.err(`Certificate with Serial Number ${serial} has been revoked.\n`)
  },
})

type Context = Omit<TokenContext, 'flags'> & {
  readonly args: readonly string[]
  readonly flags: Omit<TokenContext['flags'], 'key'> & Readonly<Record<'cert' | 'key' | 'token', string | undefined>>
}

async function byCertificate({ args, flags, name }: Context) {
  const { cert, key } = flags
  if (args.length > 0) {
    const message = `'${name} --cert <certificate> --key <key>' expects no additional positional arguments`
    throw new SignetError('malformed', message)
  }
  if (cert === undefined) throw requiredWithFlag('key', 'cert')
  if (key === undefined) throw requiredWithFlag('cert', 'key')
  const certificateChain = readTextFile('--cert', cert)
  const privateKey = exportPrivateKey(await readPrivateKeyFile(readTextFile('--key', key)), 'PKCS8')
  const { serial } = parseCertificate(certificateChain)
  return { serial, proof: { identity: { certificateChain, privateKey }, ott: undefined } }
}

async function byToken(context: Context) {
  const [text] = context.args
  if (text === undefined) throw tooFewArguments(`${context.name} <serial-number>`)
  const serial = decimalOf(text)
  const ott = context.flags.token ?? (await makeToken(context, { use: 'revoke', subject: serial }))
  return { serial, proof: { ott } }
}

/** As Go reads a number whose base its prefix says. */
function decimalOf(text: string): string {
  if (/^(?:0x[\da-f]+|0o[0-7]+|0b[01]+|[1-9]\d*|0)$/i.test(text)) return BigInt(text).toString()
  const advice = 'use a base 10 representation or add a prefix indicating the base'
  throw new SignetError('malformed', `'${text}' is not a valid serial number - ${advice}`)
}
