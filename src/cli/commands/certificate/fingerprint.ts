import { createHash } from 'node:crypto'
import { toEmoji } from '../../../core/emoji.ts'
import { SignetError } from '../../../core/errors.ts'
import { insecureServerFlag, loadCertificatesOrRequest, serverFlags } from '../../certificates/load.ts'
import { defineCommand } from '../../command.ts'
import { requiredWithFlag } from '../../usage-errors.ts'

type Encode = (digest: Buffer) => string

const withoutPadding = (text: string): string => text.replace(/=+$/, '')
const withPadding = (text: string): string => text + '='.repeat((4 - (text.length % 4)) % 4)

const hex: Encode = (digest) => digest.toString('hex')
const base64: Encode = (digest) => digest.toString('base64')
const base64Raw: Encode = (digest) => withoutPadding(digest.toString('base64'))
const base64Url: Encode = (digest) => withPadding(digest.toString('base64url'))
const base64UrlRaw: Encode = (digest) => digest.toString('base64url')

/** With all spellings that step takes. */
const formats: ReadonlyMap<string, Encode> = new Map([
  ['hex', hex],
  ['base64', base64],
  ['base64url', base64Url],
  ['base64-url', base64Url],
  ['base64urlraw', base64UrlRaw],
  ['base64url-raw', base64UrlRaw],
  ['base64-url-raw', base64UrlRaw],
  ['base64raw', base64Raw],
  ['base64-raw', base64Raw],
  ['emoji', toEmoji],
  ['emojisum', toEmoji],
])

/** `signet certificate fingerprint`: the hash of a certificate or certificate request. */
export const command = defineCommand({
  description: 'It is the SHA-256 of the DER encoding. Of a bundle, that of the first certificate.',
  arguments: [{ name: 'crt-file', description: 'file, URL of a server, or - for standard input', optional: true }],
  flags: {
    ...serverFlags,
    bundle: { kind: 'bool', description: 'print the fingerprint of every certificate in the bundle' },
    format: {
      kind: 'string',
      placeholder: 'format',
      description: 'hex, base64, base64-url, base64-raw, base64-url-raw or emoji',
      default: 'hex',
    },
    sha1: { kind: 'bool', description: 'use SHA-1; needs --insecure' },
    ...insecureServerFlag,
  },
  examples: [
    { comment: 'What step ca bootstrap wants to know', command: 'signet certificate fingerprint root_ca.crt' },
    {
      comment: 'Of a server and its intermediate',
      command: 'signet certificate fingerprint --bundle https://localhost:9443 --roots root_ca.crt',
    },
  ],
  async run({ args: [source = '-'], flags, io }) {
    if (flags.sha1 && !flags.insecure) throw requiredWithFlag('sha1', 'insecure')
    const encode = formats.get(flags.format.trim().toLowerCase())
    if (encode === undefined) {
      const message = `error parsing fingerprint format: '${flags.format}' is not a valid fingerprint format`
      throw new SignetError('malformed', message)
    }
    const loaded = await loadCertificatesOrRequest(io, source, flags)
    const all = loaded.kind === 'request' ? [loaded.request] : loaded.certificates
    const hash = flags.sha1 ? 'sha1' : 'sha256'
    for (const [index, { der }] of (flags.bundle ? all : all.slice(0, 1)).entries()) {
      const fingerprint = encode(createHash(hash).update(der).digest())
      io.out(flags.bundle ? `${index}: ${fingerprint}\n` : `${fingerprint}\n`)
    }
  },
})
