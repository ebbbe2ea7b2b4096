import type { RunResult } from '../../cluster/harness/run.ts'
import type { CaFolder } from './ca-folder.ts'
import { detailsOf } from './content-of.ts'
import type { Member, Pair } from './pair.ts'
import { words } from './programs.ts'
import { knowingHome, type BareHome } from './step-home.ts'

/** A user of `step` at one of two authorities that serve the same keys. */
export type User = BareHome & {
  readonly folder: CaFolder
  readonly authority: Member
  /** Runs `step` with the words of a line and then more; what it says names neither port nor folder. */
  readonly say: (line: string, ...more: readonly string[]) => Promise<RunResult>
}

/** What the same script, run by a new user of each authority at the same time, makes of it. */
export async function onBoth<Outcome>(
  pair: Pair,
  script: (user: User) => Promise<Outcome>,
): Promise<{ readonly ours: Outcome; readonly theirs: Outcome }> {
  const runAt = async (authority: Member): Promise<Outcome> => {
    const home = knowingHome(pair.folder, authority.url)
    const same = (text: string): string => text.replaceAll(authority.url, 'https://ca').replaceAll(home.path, '~')
    const say = async (line: string, ...more: readonly string[]): Promise<RunResult> => {
      const { status, stdout, stderr } = await home.step(...words(line), ...more)
      return { status, stdout: same(stdout), stderr: same(stderr) }
    }
    try {
      return await script({ ...home, folder: pair.folder, authority, say })
    } finally {
      home.remove()
    }
  }
  const [ours, theirs] = await Promise.all([runAt(pair.signet), runAt(pair.stepCa)])
  return { ours, theirs }
}

/** A certificate of a user, as openssl writes it, without its key; line by line, because Go puts copied extensions last. */
export async function contentOfFile({ text }: Pick<BareHome, 'text'>, name: string): Promise<string[]> {
  const details = await detailsOf(text(name))
  const others = details
    .replace(/ *Subject Public Key Info:[^]*?(?= *X509v3 extensions)/, '')
    .replace(/Subject Key Identifier: \n.*/, 'Subject Key Identifier')
  return others.split('\n').toSorted()
}
