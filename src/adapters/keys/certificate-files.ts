import { readFileSync } from 'node:fs'
import { SignetError } from '../../core/errors.ts'
import { parseCertificates, type Certificate } from '../../core/x509/certificate.ts'
import { readPrivateKeyFile } from '../../core/x509/key-file.ts'
import { createKeyIssuer, type KeyIssuer } from './key-issuer.ts'

/** All certificates of PEM files, in order. `malformed`, with `path` in front, for a file that has none. */
export function readCertificateFiles(files: readonly string[], path: string): readonly Certificate[] {
  return files.flatMap((file) => [...readCertificates(file, path)])
}

/**
 * The intermediate from a PEM file and its key (`readPrivateKeyFile`), as `crt` and `key` of ca.json name them. `malformed`, with the member of
 * ca.json in front, where a file cannot be used or the two do not belong together.
 */
export async function readIssuerFiles(crt: string, key: string, password: string | undefined): Promise<KeyIssuer> {
  const chain = readCertificates(crt, 'crt')
  try {
    return createKeyIssuer(chain, await readPrivateKeyFile(readFileSync(key, 'utf8'), password))
  } catch (error) {
    throw faultOf('key', key, error)
  }
}

function readCertificates(file: string, path: string): readonly [Certificate, ...Certificate[]] {
  // `parseCertificates` fails where there is none.
  return at(path, file, () => parseCertificates(readFileSync(file, 'utf8')) as [Certificate, ...Certificate[]])
}

/** The text of a file; `malformed` if it cannot be read. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SignetError('malformed', `${file}: ${reasonOf(error)}`, { cause: error })
  }
}

function at<Value>(path: string, file: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw faultOf(path, file, error)
  }
}

function faultOf(path: string, file: string, error: unknown): SignetError {
  return new SignetError('malformed', `${path}: ${file}: ${reasonOf(error)}`, { path, cause: error })
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : reason
}
