import { readMembers, readText, type JsonNode } from '../core/json-reader.ts'
import type { SubjectFields } from '../core/x509/name.ts'

const lists = ['country', 'organization', 'organizationalUnit', 'locality', 'province', 'streetAddress'] as const
const texts = ['serialNumber', 'commonName'] as const

/** Reads `authority.template` (ASN1DN of step-ca's config.go): one text for each field; an empty one is none. */
export function readSubjectDefaults(node: JsonNode | undefined): SubjectFields {
  if (node === undefined) return {}
  const members = readMembers(node, [...lists, ...texts], 'as Go')
  const given = (name: string): string | undefined => {
    const member = members.get(name)
    return (member && readText(member)) || undefined
  }
  const listed = lists.flatMap((name) => {
    const value = given(name)
    return value === undefined ? [] : [[name, [value]] as const]
  })
  const single = texts.flatMap((name) => {
    const value = given(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries<string | readonly string[]>([...listed, ...single])
}
