import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** A test file has 60 s in all; a single test far less, unless it says so. */
const fileBudget = 60_000

/** They measure the memory of their process, which is theirs alone. */
const measured = ['test/unit/fuzz/**/*.test.ts', 'test/unit/**/*.fuzz.test.ts']

const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({
  test: { name, root: '.', include, testTimeout: 20_000, hookTimeout: fileBudget, ...more },
})

export default defineConfig({
  test: {
    // vitest leaves one processor to itself, which of two is half of them.
    maxWorkers: availableParallelism(),
    projects: [
      // Files that share no state share their process: a new one for each takes as long as all their tests.
      project('unit', ['test/unit/**/*.test.ts'], { isolate: false, exclude: measured }),
      project('fuzz', measured),
      project('wire', ['test/wire/**/*.test.ts']),
      project('interop', ['test/interop/**/*.test.ts'], {
        globalSetup: ['test/interop/global-setup.ts'],
        testTimeout: fileBudget,
      }),
      project('cluster', ['test/cluster/**/*.test.ts'], {
        globalSetup: ['test/cluster/global-setup.ts'],
        testTimeout: fileBudget,
        // One cluster and one node: files take turns, so that one file's fault is not another's.
        fileParallelism: false,
      }),
      project('long', ['test/**/*.long.ts'], {
        globalSetup: ['test/cluster/global-setup.ts', 'test/interop/global-setup.ts'],
        testTimeout: 30 * 60_000,
        hookTimeout: 10 * 60_000,
        fileParallelism: false,
      }),
    ],
  },
})
