import { SignetError } from '../../../core/errors.ts'
import { typeNames } from '../../../core/names/parse.ts'
import { readUnverified } from '../../../core/tokens/unverified.ts'
import { createCertificateRequest } from '../../../core/x509/csr.ts'
import { createName } from '../../../core/x509/name.ts'
import { generateKeyPair } from '../../../core/x509/private-key.ts'
import { defineCommand } from '../../command.ts'
import { writeFiles } from '../../files.ts'
import {
  caFlags,
  forceFlag,
  keyFlags,
  kmsFlags,
  provisionerFlag,
  provisionerPasswordFlags,
  sanFlag,
  templateDataFlags,
  tokenFlag,
  validityFlags,
} from '../../flags.ts'
import { printSelected } from '../../io.ts'
import { keyAlgorithmOf, keyToPem } from '../../key-kind.ts'
import { namesItsSubject, signWithToken } from '../../online/sign-flow.ts'
import { makeToken } from '../../online/token-flow.ts'
import { exclusiveFlags } from '../../usage-errors.ts'

/** `signet ca certificate`: makes a key here and has the authority certify it. */
export const command = defineCommand({
  arguments: [
    { name: 'subject', description: 'common name of the certificate' },
    { name: 'crt-file', description: 'file to write: the certificate and its issuers, PEM' },
    { name: 'key-file', description: 'file to write: the private key, PEM' },
  ],
  flags: {
    ...sanFlag,
    ...tokenFlag,
    ...provisionerFlag,
    ...provisionerPasswordFlags,
    ...validityFlags,
    ...keyFlags,
    ...templateDataFlags,
    ...forceFlag,
    ...caFlags,
    ...kmsFlags,
  },
  examples: [
    { comment: 'A certificate for the usual time', command: 'signet ca certificate web.test web.crt web.key' },
    {
      comment: 'With more names, for an hour, without a person',
      command:
        'signet ca certificate web.test web.crt web.key --san web.test --san 10.0.0.1 --not-after 1h --provisioner me --provisioner-password-file password.txt',
    },
    {
      comment: 'By a token of somebody who may give it',
      command: 'signet ca certificate web.test web.crt web.key --token $TOKEN',
    },
  ],
  async run(context) {
    const { args, flags, io } = context
    const [subject = '', certificate = '', keyFile = ''] = args
    const { san } = flags
    if (flags.token !== undefined && san.length > 0) throw exclusiveFlags('token', 'san')
    const algorithm = keyAlgorithmOf(flags)
    const names = san.length > 0 ? san : [subject]
    const token = readUnverified(flags.token ?? (await makeToken(context, { use: 'sign', subject, names })))
    const named = namesItsSubject(token)
    const wanted = token.claims.subject
    if (named && wanted.toLowerCase() !== subject.toLowerCase())
      throw new SignetError('malformed', `token subject '${wanted}' and argument '${subject}' do not match`)

    const { privateKey } = await generateKeyPair(algorithm)
    const csr = createCertificateRequest({
      subject: createName({ commonName: named ? wanted : subject }),
      names: typeNames(named ? token.claims.names : names),
      privateKey,
    })
    const chain = await signWithToken(context, token, csr)
    const files = [
      { path: certificate, content: chain },
      { path: keyFile, content: keyToPem(privateKey) },
    ]
    await writeFiles(io, files, { force: flags.force })
    printSelected(io, 'Certificate', certificate)
    printSelected(io, 'Private Key', keyFile)
  },
})
