import { toBase64 } from '../../core/bytes.ts'
import { addFault, readParsed, readWord, type JsonNode } from '../../core/json-reader.ts'

/** PEM in base64, which is how Go writes octets into JSON, and what it holds. */
export type PemOctets<T> = { readonly base64: string; readonly content: T }

/** Reads such a member; `what` names the content in the fault, `otherwise` stands in for a faulty one. */
export function readPemOctets<T>(node: JsonNode, what: string, parse: (pem: string) => T, otherwise: T): PemOctets<T> {
  const text = readWord(node).replaceAll(/[\r\n]/g, '')
  const pem = Buffer.from(text, 'base64')
  const base64 = toBase64(pem)
  const sound = base64 === text && text !== ''
  if (base64 !== text) addFault(node, `must be the base64 of ${what} in PEM`)
  return {
    base64,
    content: sound ? readParsed({ ...node, value: pem.toString('latin1') }, parse, otherwise) : otherwise,
  }
}
