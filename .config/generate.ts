// Writes the files that are made from the source: crds/ and the chart's copy of it. A test compares them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { renderCrds } from './crds.ts'

/** Where the CRDs go: for kubectl, and for helm's first install. */
export const crdFolders = ['crds', 'charts/signet/crds'] as const

/** Every generated file with its text; paths are relative to the repository. */
export function generatedFiles(): { path: string; text: string }[] {
  return crdFolders.flatMap((folder) => renderCrds().map(({ file, text }) => ({ path: `${folder}/${file}`, text })))
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  for (const { path, text } of generatedFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(path)
  }
}
