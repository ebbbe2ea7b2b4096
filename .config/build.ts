// `npm run build`: dist/cli.js, executable, and one self-contained bundle per process beside it.
import { build, type BuildOptions } from 'esbuild'
import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs'
import { processes } from '../src/app/processes.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

/** Name in dist → source. The launcher has to load under old Nodes, the rest never does. */
const bundles = new Map([
  ['commands', 'src/app/commands.ts'],
  ['sqlite-worker', 'src/adapters/storage/sqlite-worker.ts'],
  ...[...processes.values()].map(({ file }): [string, string] => [file, `src/app/${file}.ts`]),
])

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  outdir: 'dist',
  legalComments: 'none',
  logLevel: 'warning',
  define: { SIGNET_VERSION: JSON.stringify(version) },
}

/** CommonJS packages inside an ES module call `require` for Node's own modules. */
const requireBanner = `import { createRequire as createSignetRequire } from 'node:module'; const require = createSignetRequire(import.meta.url);`

rmSync('dist', { recursive: true, force: true })
await build({
  ...shared,
  entryPoints: { cli: 'src/app/cli.ts' },
  target: 'node16',
  banner: { js: '#!/usr/bin/env node' },
})
await build({
  ...shared,
  entryPoints: Object.fromEntries(bundles),
  target: 'node24',
  minifySyntax: true,
  banner: { js: requireBanner },
})
// What injected containers start: CommonJS, because Node's loader of ES modules alone takes 5 MiB.
await build({
  ...shared,
  entryPoints: { workload: 'src/app/workload-main.ts' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  target: 'node24',
  minifySyntax: true,
})
chmodSync('dist/cli.js', 0o755)
for (const file of ['cli.js', ...[...bundles.keys()].map((name) => `${name}.js`), 'workload.cjs']) {
  console.log(`dist/${file}  ${(statSync(`dist/${file}`).size / 1024).toFixed(0)} KiB`)
}
