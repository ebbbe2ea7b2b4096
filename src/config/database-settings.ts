import { dirname, join } from 'node:path'
import { addFault, readMembers, readText, readWord, type JsonNode } from '../core/json-reader.ts'
import type { Warning } from './warning.ts'

export type DatabaseSettings = {
  /** The SQLite file; undefined: records live and die with the process. */
  readonly file: string | undefined
  /** All that the section says, as one text, by which a change of it is noticed. */
  readonly section: string
}

/** What a `type` of step's (nosql.go), in lower case, means here. */
type DatabaseType =
  | { readonly file: (dataSource: string) => string; readonly warns: boolean }
  | { readonly refused: string }

/** Of step's db.Config, in its order. */
const memberNames = ['type', 'dataSource', 'valueDir', 'database', 'badgerFileLoadingMode']

const ourFile = 'signet.db'
/** badger's dataSource is a folder, in which it leaves files that it does not know alone; bbolt's is one file. */
const inFolder: DatabaseType = { file: (folder) => join(folder, ourFile), warns: true }
const besideFile: DatabaseType = { file: (file) => join(dirname(file), ourFile), warns: true }
const later: DatabaseType = { refused: 'is not supported yet: a later version does; use "sqlite" until then' }

const types: ReadonlyMap<string, DatabaseType> = new Map<string, DatabaseType>([
  ['sqlite', { file: (file) => file, warns: false }],
  ['badger', inFolder],
  ['badgerv1', inFolder],
  ['badgerv2', inFolder],
  ['bbolt', besideFile],
  ['mysql', later],
  ['postgresql', later],
])

/**
 * Reads `db`. The databases of step-ca that are files become a SQLite file beside them, which step-ca does not look at, so
 * that one ca.json starts either program. Without `db` there is no database, as in step-ca: then nothing outlives the
 * process, and certificates of an earlier one are not renewed.
 */
export function readDatabase(node: JsonNode | undefined, warn: (warning: Warning) => void): DatabaseSettings {
  if (node === undefined) {
    warn({ path: 'db', message: 'is missing: records, and with them renewals, end with this process' })
    return { file: undefined, section: '' }
  }
  const members = readMembers(node, memberNames, 'as Go')
  const typeNode = members.need('type')
  const dataSourceNode = members.need('dataSource')
  const file = fileOf(typeNode, readWord(dataSourceNode), warn)
  return { file, section: JSON.stringify(memberNames.map((name) => members.get(name)?.value ?? '')) }
}

function fileOf(node: JsonNode, dataSource: string, warn: (warning: Warning) => void): string {
  const name = readText(node)
  const type = types.get(name.toLowerCase())
  if (type === undefined) {
    const known = [...types].flatMap(([word, kind]) => ('file' in kind ? [word] : []))
    if (typeof node.value === 'string') addFault(node, `must be one of ${known.join(', ')}`)
    return ''
  }
  if ('refused' in type) {
    addFault(node, `"${name}" ${type.refused}`)
    return ''
  }
  const file = type.file(dataSource)
  if (type.warns) {
    warn({ path: node.path, message: `"${name}" means the SQLite file ${file} here: files of step-ca are not touched` })
  }
  return file
}
