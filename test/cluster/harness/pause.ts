import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packImage } from './oci-image.ts'
import { run } from './run.ts'
import { cacheDirectory, contentKey } from './settings.ts'

/** Waits for signals and collects ended children: the first process of each pod, and of the cluster's own namespaces. */
const source = `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void quit(int s) { (void)s; _exit(0); }
static void reap(int s) { (void)s; while (waitpid(-1, 0, WNOHANG) > 0); }
int main(void) { signal(SIGTERM, quit); signal(SIGINT, quit); signal(SIGCHLD, reap); reap(0); for (;;) pause(); }
`

const directory = join(cacheDirectory, `pause-${contentKey(source)}`)

/** The program and the image `localhost/pause:1` that holds nothing else. */
export const pause = { program: join(directory, 'root', 'pause'), archive: join(directory, 'pause.tar') }

/** Builds {@link pause} where it is not in the cache. */
export async function buildPause(): Promise<void> {
  await mkdir(dirname(directory), { recursive: true })
  const work = await mkdtemp(`${directory}.`)
  try {
    await mkdir(join(work, 'root'))
    await writeFile(join(work, 'pause.c'), source)
    await run('gcc', ['-static', '-O2', '-s', '-o', join(work, 'root', 'pause'), join(work, 'pause.c')])
    await packImage({ name: 'localhost/pause:1', entrypoint: ['/pause'] }, join(work, 'root'), join(work, 'pause.tar'))
    await rename(work, directory)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
