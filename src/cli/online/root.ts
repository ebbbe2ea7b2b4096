import { downloadRoot } from '../../client/download-root.ts'
import { SignetError } from '../../core/errors.ts'
import type { Flags } from '../command.ts'

export const fingerprintFlag = {
  fingerprint: {
    kind: 'string',
    placeholder: 'fingerprint',
    description: 'SHA-256 of the root certificate, hexadecimal',
  },
} as const satisfies Flags

/** As `downloadRoot`, for a person: says that it was the root that could not be had. */
export async function getRoot(url: string, fingerprint: string): Promise<string> {
  try {
    return await downloadRoot(url, fingerprint)
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    throw new SignetError(error.code, `error downloading root certificate: ${error.message}`, { cause: error })
  }
}
