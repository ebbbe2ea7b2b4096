import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

const folder = 'src/authority/provisioners/pages'

/** A page about a kind of provisioner, and its examples. */
export type Page = {
  readonly name: string
  readonly text: string
  /** Provisioners as in ca.json. */
  readonly json: readonly Readonly<Record<string, unknown>>[]
  /** Provisioner resources. */
  readonly resources: readonly Resource[]
  readonly commands: readonly string[]
}

export type Resource = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

/** All pages, in the order of their names. */
export function provisionerPages(): readonly Page[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const text = readFileSync(`${folder}/${name}`, 'utf8')
      const examples = (language: string): string[] =>
        [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, body = '']) => body)
      return {
        name,
        text,
        json: examples('json').map((body) => JSON.parse(body) as Readonly<Record<string, unknown>>),
        resources: examples('yaml').map((body) => parse(body) as Resource),
        commands: examples('sh'),
      }
    })
}
