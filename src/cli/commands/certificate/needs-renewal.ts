import { existsSync } from 'node:fs'
import { parseDuration } from '../../../core/duration.ts'
import type { Certificate } from '../../../core/x509/certificate.ts'
import { loadCertificates, serverAddress, serverFlags } from '../../certificates/load.ts'
import { defineCommand, ExitError } from '../../command.ts'
import { invalidFlag } from '../../usage-errors.ts'

/** Exit codes of step. */
const codes = { notDue: 1, noFile: 2, failed: 255 } as const

/** Part of the lifetime after which a certificate is due. */
const defaultPercent = 66

/** `signet certificate needs-renewal`: is it time? Says so by its exit code. */
export const command = defineCommand({
  description:
    'The exit code is 0 if the certificate needs renewal, 1 if not, 2 if there is no such file, 255 after another failure.',
  arguments: [{ name: 'crt-file', description: 'file, or URL of a server' }],
  flags: {
    'expires-in': {
      kind: 'string',
      placeholder: 'percent|duration',
      description:
        'due when so much of the lifetime is over, such as 75%, or so little is left, such as 8h; 66% unless given',
    },
    ...serverFlags,
    bundle: { kind: 'bool', description: 'look at every certificate in the bundle' },
    verbose: { kind: 'bool', aliases: ['v'], description: 'say it in words too' },
  },
  examples: [
    {
      comment: 'Renew if less than a third of the lifetime is left',
      command: 'signet certificate needs-renewal web.crt && signet ca renew --force web.crt web.key',
    },
    { comment: 'Does it end within a day?', command: 'signet certificate needs-renewal web.crt --expires-in 24h' },
  ],
  async run({ args: [source = ''], flags, io }) {
    const isDue = dueBy(flags['expires-in'], io.clock.now())
    if (serverAddress(source) === undefined && !existsSync(source))
      throw new ExitError(codes.noFile, `there is no file ${source}`)
    const certificates = await failing(() => loadCertificates(io, source, flags))
    if ((flags.bundle ? certificates : certificates.slice(0, 1)).some(isDue)) {
      if (flags.verbose) io.out('certificate needs renewal\n')
      return 0
    }
    if (flags.verbose) throw new ExitError(codes.notDue, 'certificate does not need renewal')
    return codes.notDue
  },
})

async function failing<T>(act: () => Promise<T> | T): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw new ExitError(codes.failed, (error as Error).message)
  }
}

function dueBy(expiresIn: string | undefined, now: number): (certificate: Certificate) => boolean {
  if (expiresIn !== undefined && !expiresIn.endsWith('%')) {
    const left = durationOf(expiresIn)
    return ({ notAfter }) => left >= notAfter - now
  }
  const percent = expiresIn === undefined ? defaultPercent : percentOf(expiresIn)
  return ({ notBefore, notAfter }) => Math.trunc((1 - (notAfter - now) / (notAfter - notBefore)) * 100) >= percent
}

function durationOf(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    throw new ExitError(codes.failed, invalidFlag('expires-in', text).message)
  }
}

function percentOf(text: string): number {
  const number = /^[+-]?\d+%$/.test(text) ? Number(text.slice(0, -1)) : undefined
  if (number === undefined) throw new ExitError(codes.failed, invalidFlag('expires-in', text).message)
  if (number >= 0 && number <= 100) return number
  throw new ExitError(codes.failed, invalidFlag('expires-in', text, 'value must be in range 0-100%').message)
}
