import { addFault, isObject, readMembers, readText, type JsonNode } from '../../core/json-reader.ts'
import { SignetError } from '../../core/errors.ts'
import type { ParsedTemplate } from '../../core/templates/engine/parser.ts'
import type { Json } from '../../core/templates/template.ts'
import { textTemplates } from '../../core/templates/text-templates.ts'
import type { ReadFile } from './provisioner.ts'

/** A template of its own, in place of the kind's default. */
export type CustomTemplate = {
  readonly parsed: ParsedTemplate
  readonly data: Readonly<Record<string, Json>>
}

/** Members of `options.x509` that say what certificates look like. */
export const templateMembers: readonly string[] = ['template', 'templateFile', 'templateData']

/**
 * Reads them: `template` is the text itself where it starts with `{`, else its base64; `templateFile` holds the text and
 * counts only without `template`; `loadTextTemplates` has to be done. undefined where there is neither. A text that is no template is a fault with its line.
 */
export function readCustomTemplate(node: JsonNode, readFile: ReadFile): CustomTemplate | undefined {
  const members = readMembers(node, templateMembers, 'as Go')
  const [template, file, data] = templateMembers.map((name) => members.get(name))
  const inline = template === undefined ? '' : readText(template).trim()
  const path = file === undefined ? '' : readText(file)
  const source = inline === '' ? file : template
  if (source === undefined || (inline === '' && path === '')) return undefined
  try {
    const text = inline === '' ? readFile(path) : inline.startsWith('{') ? inline : decodeBase64(inline)
    return { parsed: textTemplates().parseTextTemplate(text), data: readTemplateData(data) }
  } catch (error) {
    if (!(error instanceof SignetError)) throw error
    addFault(source, `is not valid: ${error.message}`)
    return undefined
  }
}

/** The members as they were given, for the list of provisioners. */
export function listedTemplate(node: JsonNode): Readonly<Record<string, unknown>> {
  const members = readMembers(node, templateMembers, 'as Go')
  return Object.fromEntries(
    templateMembers.flatMap((name) => {
      const value = members.get(name)?.value
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}

function decodeBase64(text: string): string {
  const plain = text.replaceAll(/[\r\n]/g, '')
  const octets = Buffer.from(plain, 'base64')
  if (octets.toString('base64') !== plain) {
    throw new SignetError('malformed', 'neither a text that starts with { nor base64')
  }
  return octets.toString('utf8')
}

function readTemplateData(node: JsonNode | undefined): Readonly<Record<string, Json>> {
  if (node === undefined) return {}
  if (isObject(node.value)) return node.value as Readonly<Record<string, Json>>
  addFault(node, 'must be an object')
  return {}
}
