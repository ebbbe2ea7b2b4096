// `npm run build`: dist/cli.js, executable, and one self-contained bundle per process beside it. Another folder than `dist`
// may be named, so that a test has a build of its own.
import { build, transform, type BuildOptions, type Plugin } from 'esbuild'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { processes } from '../src/app/processes.ts'

const outdir = process.argv[2] ?? 'dist'
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

/** Name in the output folder → source. The launcher has to load under old Nodes, the rest never does. */
const bundles = new Map([
  ['sqlite-worker', 'src/adapters/storage/sqlite-worker.ts'],
  ['authority-server', 'src/app/authority-process/serve.ts'],
  ...[...processes.values()].map(({ file }): [string, string] => [file, `src/app/${file}.ts`]),
])

/**
 * Packages that are imported when they are needed, which is seldom: a bundle each, because V8 keeps the text of a file that is
 * loaded, and these are a third of the authority's.
 */
const apart = ['jose', 're2js', 'yaml']
/** What is imported from the left is a bundle of its own, on the right. */
const imports = new Map([
  ...apart.map((name): [string, string] => [name, name]),
  ['./authority-process/serve.ts', 'authority-server'],
])
const leaveApart: Plugin = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      const bundle = imports.get(path)
      return kind === 'entry-point' || bundle === undefined ? undefined : { path: `./${bundle}.js`, external: true }
    })
  },
}

/** CommonJS throughout: Node's loader of ES modules alone takes 5 MiB of each process. */
const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // `import()` of a file apart is `require` too.
  supported: { 'dynamic-import': false },
  outdir,
  legalComments: 'none',
  logLevel: 'warning',
  // Large parts of packages that nothing here uses; each file says why.
  alias: {
    '@opentelemetry/api': './.config/no-open-telemetry.cjs',
    'iconv-lite': './.config/iconv-utf8.cjs',
    'mime-db': './.config/mime-sent.cjs',
  },
  define: {
    SIGNET_VERSION: JSON.stringify(version),
    'import.meta.url': 'signetModuleUrl',
    'import.meta.dirname': '__dirname',
  },
}
/** commander imports what it never needs here. */
const lessOfCommander: Plugin = {
  name: 'less of commander',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: resolve('.config/no-child-process.cjs') } : undefined,
    )
  },
}
const moduleUrl = `const signetModuleUrl = require('node:url').pathToFileURL(__filename).href;`

rmSync(outdir, { recursive: true, force: true })
await build({
  ...shared,
  entryPoints: { cli: 'src/app/cli.ts' },
  target: 'node16',
  banner: { js: `#!/usr/bin/env node\n${moduleUrl}` },
})
await build({
  ...shared,
  entryPoints: { ...Object.fromEntries(bundles), ...Object.fromEntries(apart.map((name) => [name, name])) },
  plugins: [leaveApart],
  target: 'node24',
  minifySyntax: true,
  // V8 keeps the text: 1 MiB less of each process. Names stay, for stacks.
  minifyWhitespace: true,
  banner: { js: moduleUrl },
})
await buildCommands()
// Injected containers name their program by this file.
await build({
  ...shared,
  entryPoints: { workload: 'src/app/workload-main.ts' },
  outExtension: { '.js': '.cjs' },
  target: 'node24',
  minifySyntax: true,
})
writeFileSync(`${outdir}/package.json`, '{"type":"commonjs"}\n')
chmodSync(`${outdir}/cli.js`, 0o755)
for (const file of ['cli.js', ...[...bundles.keys(), ...apart].map((name) => `${name}.js`), 'workload.cjs']) {
  tellSize(file, [file])
}
tellSize(
  'commands*.js',
  readdirSync(outdir).filter((file) => file.startsWith('commands')),
)

function tellSize(name: string, files: readonly string[]): void {
  const size = files.reduce((sum, file) => sum + statSync(`${outdir}/${file}`).size, 0)
  console.log(`${outdir}/${name}  ${(size / 1024).toFixed(0)} KiB`)
}

/**
 * commands.js and beside it a file for each verb, and for what several of them share, loaded when it is needed: to read all of it
 * takes V8 longer than most verbs run. esbuild splits ES modules only, so each file becomes CommonJS after that.
 */
async function buildCommands(): Promise<void> {
  const smaller = { target: 'node24', minifySyntax: true, minifyWhitespace: true } as const
  const { outputFiles } = await build({
    ...shared,
    ...smaller,
    format: 'esm',
    splitting: true,
    write: false,
    entryPoints: { commands: 'src/app/commands.ts' },
    chunkNames: 'commands-[hash]',
    plugins: [leaveApart, lessOfCommander],
  })
  for (const { path, text } of outputFiles) {
    const { supported = {} } = shared
    const { code } = await transform(text, {
      ...smaller,
      format: 'cjs',
      platform: 'node',
      supported,
      banner: moduleUrl,
    })
    writeFileSync(path, code)
  }
}
