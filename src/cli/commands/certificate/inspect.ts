import { encodePem } from '../../../core/pem.ts'
import type { Certificate } from '../../../core/x509/certificate.ts'
import type { CertificateRequest } from '../../../core/x509/csr.ts'
import { certificateText } from '../../../core/x509/text/certificate-text.ts'
import { requestText } from '../../../core/x509/text/request-text.ts'
import { certificateShortText, requestShortText } from '../../../core/x509/text/short-text.ts'
import { insecureServerFlag, loadCertificatesOrRequest, serverFlags } from '../../certificates/load.ts'
import { defineCommand } from '../../command.ts'
import { incompatibleFlags } from '../../usage-errors.ts'

/** How certificates and requests are printed, by `--format`, and `short` for `--short`. */
type Form = {
  readonly certificates: (certificates: readonly Certificate[]) => string
  readonly request: (request: CertificateRequest) => string
}

const each =
  (print: (certificate: Certificate) => string): Form['certificates'] =>
  (certificates) =>
    certificates.map(print).join('')

const forms: Readonly<Record<'text' | 'short' | 'pem', Form>> = {
  text: { certificates: each(certificateText), request: requestText },
  short: { certificates: each(certificateShortText), request: requestShortText },
  pem: {
    certificates: each(({ der }) => encodePem('CERTIFICATE', der)),
    request: ({ der }) => encodePem('CERTIFICATE REQUEST', der),
  },
}

/** `signet certificate inspect`: what a certificate or certificate request says, as `step` prints it. Nothing is verified. */
export const command = defineCommand({
  description:
    'Certificates of a file are not verified: see signet certificate verify. Of a bundle, the first certificate is printed.',
  arguments: [{ name: 'crt-file', description: 'file, URL of a server, or - for standard input', optional: true }],
  flags: {
    format: {
      kind: 'string',
      placeholder: 'format',
      description: 'form of the output',
      choices: ['text', 'pem'],
      default: 'text',
    },
    short: { kind: 'bool', description: 'print a few lines' },
    bundle: { kind: 'bool', description: 'print every certificate in the bundle' },
    ...serverFlags,
    ...insecureServerFlag,
  },
  examples: [
    { comment: 'Everything', command: 'signet certificate inspect web.crt' },
    { comment: 'Names, issuer and lifetime', command: 'signet certificate inspect --short web.crt' },
    {
      comment: 'What a server presents',
      command: 'signet certificate inspect https://localhost:9443 --roots root_ca.crt --bundle',
    },
  ],
  async run({ args: [source = '-'], flags, io }) {
    const { format, short } = flags
    if (short && format !== 'text') throw incompatibleFlags('short', `format ${format}`)
    const form = forms[short ? 'short' : format]
    const loaded = await loadCertificatesOrRequest(io, source, flags)
    if (loaded.kind === 'request') return io.out(form.request(loaded.request))
    io.out(form.certificates(flags.bundle ? loaded.certificates : loaded.certificates.slice(0, 1)))
  },
})
