import { addFault, readText, type JsonNode } from '../json-reader.ts'

/** Octets as Go has them in JSON. */
export function readBase64(node: JsonNode): Uint8Array {
  const text = readText(node).replaceAll(/[\r\n]/g, '')
  const octets = Buffer.from(text, 'base64')
  if (octets.toString('base64') !== text) addFault(node, 'must be base64')
  return Uint8Array.from(octets)
}
