import { DerReader } from '../der/reader.ts'
import { contextConstructed, contextPrimitive } from '../der/tags.ts'
import { oidOf } from '../der/values.ts'
import { contextStructure, contextValue, oid } from '../der/writer.ts'
import { SignetError } from '../errors.ts'
import { isEmptyName, parseName, type Name } from './name.ts'

/**
 * The choices of GeneralName (RFC 5280 §4.2.1.6) that `Names` does not have, each as its whole encoding: an otherName, whose
 * object identifier says what its value is, a directoryName, a registeredID. Nobody here writes x400Address or ediPartyName.
 */
const tags = {
  otherName: contextConstructed(0),
  directoryName: contextConstructed(4),
  registeredID: contextPrimitive(8),
}

const field = 'name'

/** `value` is the whole encoding of what the object identifier `type` announces. */
export function otherName(type: string, value: Uint8Array): Uint8Array {
  return contextStructure(0, oid(type), contextStructure(0, value))
}

/** A name of the form of a subject. */
export function directoryName(name: Name): Uint8Array {
  return contextStructure(4, name.der)
}

/** `id` is a dotted object identifier; `malformed` if it is none. */
export function registeredId(id: string): Uint8Array {
  return contextValue(8, new DerReader(oid(id), field).any(field).content)
}

/** What kind of name these octets are, for messages: `otherName 1.2.3.4`, `directoryName`; `malformed` if they are none. */
export function describeOtherName(der: Uint8Array): string {
  const outer = new DerReader(der, 'subject alternative name')
  const { tag, content } = outer.any(field)
  outer.finish(field)
  if (tag === tags.registeredID) {
    const id = oidOf(content)
    if (id !== undefined) return `registeredID ${id}`
  } else if (tag === tags.directoryName) {
    if (!isEmptyName(parseName(content))) return 'directoryName'
  } else if (tag === tags.otherName) {
    const parts = new DerReader(content, 'subject alternative name')
    const type = parts.oid(field)
    const value = parts.open(tags.otherName, field)
    parts.finish(field)
    value.any(field)
    value.finish(field)
    return `otherName ${type}`
  }
  throw new SignetError('malformed', 'subject alternative name is empty, damaged or of a kind that is not written')
}
