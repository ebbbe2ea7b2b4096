import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Clock, randomness and environment are arguments: only these folders may reach for the real ones. */
const free = ['app/', 'adapters/', 'cli/']

const ambient =
  /\bDate\.now\(\)|\bnew Date\(\)|\bprocess\.env\b|\bMath\.random\(\)|\brandomBytes\(|\brandomUUID\(|\bgetRandomValues\(|\bperformance\.now\(\)/

/** Places in `src` that read the clock, randomness or the environment themselves, as `file:line text`. */
export function findAmbientReads(src: string): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !free.some((folder) => file.startsWith(folder)))
    .flatMap((file) =>
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          ambient.test(line) && !/^\s*(\*|\/\/)/.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
        ),
    )
}
