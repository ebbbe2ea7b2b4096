import { join } from 'node:path'
import { run } from '../../cluster/harness/run.ts'
import { buildGoProgram } from '../support/go-program.ts'

/** What step's engine made of a template. */
export type GoResult = {
  readonly output: string
  /** Empty: it rendered. */
  readonly kind: '' | 'parse' | 'execute' | 'fail' | 'json' | 'certificate' | 'panic'
  readonly message: string
  readonly line: number
  /** -1 where there is none. */
  readonly column: number
  /** Of certificates: `critical base64` by object identifier, key identifiers left out. */
  readonly extensions?: Readonly<Record<string, string>>
  readonly rawSubject?: string
  /** The text of a default template. */
  readonly template?: string
}

/** A case for Go: with `request`, PEM of a CSR, the template of a certificate. */
export type GoCase = {
  readonly template: string
  readonly data: unknown
  readonly request?: string
  readonly subject?: string
  readonly sans?: readonly string[]
  /** One of step's default templates, in place of the text. */
  readonly named?: string
}

/** Renders all cases with a program on step's own packages, which is built where it is not yet. */
export async function renderWithGo(cases: readonly GoCase[]): Promise<GoResult[]> {
  const program = await buildGoProgram(join(import.meta.dirname, 'render'))
  // Go's local zone is UTC, as ours always is.
  const answer = await run(program, [], { input: JSON.stringify(cases), env: { TZ: 'UTC' } })
  return JSON.parse(answer) as GoResult[]
}
