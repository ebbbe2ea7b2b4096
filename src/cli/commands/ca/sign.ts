import { createHash } from 'node:crypto'
import { SignetError } from '../../../core/errors.ts'
import { listNames } from '../../../core/names/parse.ts'
import { readUnverified } from '../../../core/tokens/unverified.ts'
import { parseCertificateRequest, verifyCertificateRequest, type CertificateRequest } from '../../../core/x509/csr.ts'
import { commonNameOf } from '../../../core/x509/name.ts'
import { defineCommand } from '../../command.ts'
import { readInputText, writeFile } from '../../files.ts'
import {
  caFlags,
  forceFlag,
  provisionerFlag,
  provisionerPasswordFlags,
  sanFlag,
  templateDataFlags,
  tokenFlag,
  validityFlags,
} from '../../flags.ts'
import { printSelected } from '../../io.ts'
import { namesItsSubject, signWithToken } from '../../online/sign-flow.ts'
import { makeToken } from '../../online/token-flow.ts'

/** `signet ca sign`: has the authority certify the key of a CSR. */
export const command = defineCommand({
  arguments: [
    { name: 'csr-file', description: 'the certificate request, PEM' },
    { name: 'crt-file', description: 'file to write: the certificate and its issuers, PEM' },
  ],
  flags: {
    ...sanFlag,
    ...tokenFlag,
    ...provisionerFlag,
    ...provisionerPasswordFlags,
    ...validityFlags,
    ...templateDataFlags,
    ...forceFlag,
    ...caFlags,
  },
  examples: [
    { comment: 'Certify a request', command: 'signet ca sign web.csr web.crt' },
    { comment: 'By a token of somebody who may give it', command: 'signet ca sign web.csr web.crt --token $TOKEN' },
  ],
  async run(context) {
    const { args, flags, io } = context
    const [csrFile = '', certificate = ''] = args
    const csr = parseCertificateRequest(await readInputText(io, csrFile))
    verifyCertificateRequest(csr)
    const subject = commonNameOf(csr.subject)
    const wish = {
      use: 'sign',
      subject,
      names: namesOf(csr, flags.san, subject),
      confirmation: sha256(csr.der),
    } as const
    const token = readUnverified(flags.token ?? (await makeToken(context, wish)))
    const wanted = token.claims.subject
    if (namesItsSubject(token) && wanted.toLowerCase() !== subject.toLowerCase())
      throw new SignetError('malformed', `token subject '${wanted}' and CSR CommonName '${subject}' do not match`)

    const chain = await signWithToken(context, token, csr.der)
    await writeFile(io, certificate, chain, { force: flags.force })
    printSelected(io, 'Certificate', certificate)
  },
})

/** Those of the flags, then those of the CSR; its common name if there are none. */
function namesOf(csr: CertificateRequest, given: readonly string[], commonName: string): readonly string[] {
  const all = new Set([...given, ...listNames(csr.names).map(({ value }) => value)])
  return all.size > 0 ? [...all] : [commonName]
}

const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('base64url')
