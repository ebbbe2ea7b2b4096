import { X509Certificate } from 'node:crypto'
import { run } from '../../cluster/harness/run.ts'
import type { Seen } from './pair.ts'

/** All of the certificate in an answer of /sign but its serial, its signature and where its life begins. */
export async function contentOf({ body }: Seen): Promise<object> {
  const { crt, ...rest } = JSON.parse(body) as { crt: string; certChain: string[] }
  const text = await detailsOf(crt)
  const { validFrom, validTo } = new X509Certificate(crt)
  return { text, span: Date.parse(validTo) - Date.parse(validFrom), ...rest, certChain: rest.certChain.with(0, 'leaf') }
}

/** The same of a certificate in PEM, as openssl writes it. */
export function detailsOf(pem: string): Promise<string> {
  const parts = 'no_serial,no_sigdump,no_validity,ext_parse'
  return run('openssl', ['x509', '-noout', '-text', '-certopt', parts], { input: pem })
}
