import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** An arrow that the layers do not allow. */
export type Violation = { readonly file: string; readonly imports: string; readonly why: string }

/** A folder may import folders that stand above it in this list, never one below. */
export const layers = [
  'core',
  'authority',
  'client',
  'config',
  'adapters',
  'http',
  'operator',
  'webhook',
  'workload',
  'cli',
  'app',
] as const

/** Surfaces: none of these imports another. */
const surfaces = new Set(['http', 'operator', 'webhook', 'workload', 'cli'])

const importPattern =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/gm

/** All imports in `src` that go against the layers; paths are relative to `src`. */
export function findViolations(src: string): Violation[] {
  return sourceFiles(src).flatMap((file) => violationsIn(src, file))
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}

function violationsIn(src: string, file: string): Violation[] {
  const found: Violation[] = []
  for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
    const target = match[2] ?? match[3]
    if (target === undefined) continue
    const imported = relative(src, resolve(dirname(file), target))
    const why = whyForbidden(layerOf(relative(src, file)), layerOf(imported), match[1] !== undefined)
    if (why !== undefined) found.push({ file: relative(src, file), imports: imported, why })
  }
  return found
}

function layerOf(path: string): string {
  return path.split('/')[0] ?? path
}

function whyForbidden(from: string, to: string, typeOnly: boolean): string | undefined {
  const [fromRank, toRank] = [rank(from), rank(to)]
  if (fromRank < 0) return `${from} is not one of the layers`
  if (toRank < 0) return `${to} is not one of the layers`
  if (from === to) return undefined
  if (toRank > fromRank) return `${from} stands above ${to}`
  if (surfaces.has(from) && surfaces.has(to)) return `${from} and ${to} never import each other`
  if (to === 'adapters' && from !== 'app' && !typeOnly) return 'only app imports adapters'
  return undefined
}

function rank(layer: string): number {
  return (layers as readonly string[]).indexOf(layer)
}
