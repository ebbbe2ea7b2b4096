import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { maskOutput } from '../../harness/cli-masks.ts'
import type { Member, Pair } from './pair.ts'
import { runProgram, words } from './programs.ts'

/** A person with one of the two programs, an own STEPPATH and an own working directory, at one of the two authorities. */
export type CliUser = {
  readonly pair: Pair
  readonly authority: Member
  readonly program: 'signet' | 'step'
  /** Runs the program with the words of a line and then more; what it says names neither port nor folder, and is masked. */
  readonly say: (line: string, ...more: readonly string[]) => Promise<Said>
  /** As `say`, with what it said as it is. */
  readonly sayPlain: (line: string, ...more: readonly string[]) => Promise<Said>
  readonly file: (...names: readonly string[]) => string
  readonly text: (...names: readonly string[]) => string
  readonly write: (name: string, text: string) => void
  /** Mode and content of a file, without port and folder; undefined if there is none. */
  readonly look: (...names: readonly string[]) => object | undefined
}

export type Said = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

type Options = {
  /** The authority is known as after bootstrap. */
  readonly knows: boolean
}

/** What the script makes of each of `step` and `signet` at each authority. */
export async function onAll<Outcome>(
  pair: Pair,
  { knows }: Options,
  script: (user: CliUser) => Promise<Outcome>,
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {}
  for (const program of ['step', 'signet'] as const)
    for (const [name, authority] of [['step-ca', pair.stepCa] as const, ['signet', pair.signet] as const])
      outcomes[`${program} at ${name}`] = await withUser(pair, { program, authority, knows }, script)
  return outcomes
}

/** The outcome that `step` has at step-ca, if the other three are the same; else all four, which says who differs. */
export function agreed<Outcome>(outcomes: Record<string, Outcome>): unknown {
  const [first, ...others] = Object.values(outcomes)
  const same = others.every((other) => isDeepStrictEqual(other, first))
  return same ? first : outcomes
}

async function withUser<Outcome>(
  pair: Pair,
  { program, authority, knows }: Options & Pick<CliUser, 'program' | 'authority'>,
  script: (user: CliUser) => Promise<Outcome>,
): Promise<Outcome> {
  const path = mkdtempSync(join(tmpdir(), 'cli-home-'))
  const file = (...names: readonly string[]): string => join(path, ...names)
  const text = (...names: readonly string[]): string => readFileSync(file(...names), 'utf8')
  const write = (name: string, content: string): void => {
    mkdirSync(dirname(file(name)), { recursive: true })
    writeFileSync(file(name), content)
  }
  const same = (said: string): string => said.replaceAll(authority.url, 'https://ca').replaceAll(path, '~')
  const sayPlain = async (line: string, ...more: readonly string[]): Promise<Said> => {
    const env = { STEPPATH: file('.step') }
    const { status, stdout, stderr } = await runProgram(program, [...words(line), ...more], { cwd: path, env })
    return { status, stdout, stderr }
  }
  const say = async (line: string, ...more: readonly string[]): Promise<Said> => {
    const { status, stdout, stderr } = await sayPlain(line, ...more)
    const command = words(line).slice(0, 2).join(' ')
    return { status, stdout: maskOutput(command, same(stdout)), stderr: maskOutput(command, same(stderr)) }
  }
  const look = (...names: readonly string[]): object | undefined => {
    if (!existsSync(file(...names))) return undefined
    return { mode: (statSync(file(...names)).mode & 0o777).toString(8), text: same(text(...names)) }
  }
  if (knows) {
    write('.step/certs/root_ca.crt', pair.folder.root)
    const { fingerprint } = pair.folder
    const defaults = { 'ca-url': authority.url, fingerprint, root: file('.step', 'certs', 'root_ca.crt') }
    write('.step/config/defaults.json', JSON.stringify(defaults))
  }
  try {
    return await script({ pair, authority, program, say, sayPlain, file, text, write, look })
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** Flags that choose the provisioner of `step ca init`, and give its password. */
export const byOps = ({ folder }: Pair): string[] => [
  '--provisioner',
  'ops',
  '--provisioner-password-file',
  folder.provisionerPasswordFile,
]
