import { DerReader } from '../../src/core/der/reader.ts'
import { textOf } from '../../src/core/der/values.ts'
import type { Extension } from '../../src/core/x509/extensions.ts'
import { extensionOids } from '../../src/core/x509/oids.ts'
import type { ProvisionerExtension } from '../../src/core/x509/provisioner-extension.ts'

/** The provisioner that a certificate's extensions name; undefined if none. */
export function provisionerOf(extensions: readonly Extension[]): ProvisionerExtension | undefined {
  const extension = extensions.find(({ oid }) => oid === extensionOids.provisioner)
  if (extension === undefined) return undefined
  const fields = new DerReader(extension.value, 'provisioner extension').sequence('contents')
  const text = (): string => Buffer.from(fields.octetString('text')).toString()
  return {
    type: Number(fields.integer('type')),
    name: text(),
    credentialId: text(),
    keyValuePairs: fields.atEnd ? [] : readPairs(fields.sequence('pairs')),
  }
}

function readPairs(list: DerReader): string[] {
  const pairs: string[] = []
  while (!list.atEnd) {
    const { tag, content } = list.any('pair')
    pairs.push(textOf(tag, content) ?? '')
  }
  return pairs
}
