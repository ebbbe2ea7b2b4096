import type { CrlSettings } from '../authority/publish-crl.ts'
import { parseDuration } from '../core/duration.ts'
import { addFault, readFlag, readMembers, readParsed, readText, type JsonNode } from '../core/json-reader.ts'

/** step-ca's: 24 hours. */
const usualCacheDuration = 24 * 3_600_000

/** `crl` of ca.json, with step-ca's defaults; undefined where lists are not enabled. */
export function readCrlSettings(node: JsonNode | undefined): CrlSettings | undefined {
  if (node === undefined) return undefined
  const members = readMembers(node, ['enabled', 'generateOnRevoke', 'cacheDuration', 'renewPeriod', 'idpURL'], 'as Go')
  const [enabled, onRevoke, idp] = ['enabled', 'generateOnRevoke', 'idpURL'].map((name) => members.get(name))
  const cache = readLength(members.get('cacheDuration')) || usualCacheDuration
  const period = readLength(members.get('renewPeriod')) || Math.floor((cache * 2) / 3)
  if (period > cache) addFault(members.need('renewPeriod'), 'must not be above cacheDuration')
  const settings = {
    generateOnRevoke: onRevoke !== undefined && readFlag(onRevoke),
    cacheDuration: cache,
    renewPeriod: period,
    idpURL: idp === undefined ? '' : readText(idp),
  }
  return enabled !== undefined && readFlag(enabled) ? settings : undefined
}

/** Milliseconds; 0, as in step-ca, is the same as none. */
function readLength(node: JsonNode | undefined): number {
  if (node === undefined) return 0
  const length = readParsed(node, parseDuration, 0)
  if (length < 0) addFault(node, 'must not be negative')
  return Math.max(length, 0)
}
