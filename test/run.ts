// `npm test`: lint, then every project that fits the budget; `npm run test:long`: the rest. Ends with one line that counts.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Stage = { readonly name: string; readonly projects: readonly string[] }
type Report = { numPassedTests: number; numFailedTests: number; numFailedTestSuites: number; numPendingTests: number }

const stages: Readonly<Record<'short' | 'long', readonly Stage[]>> = {
  short: [
    { name: 'unit and wire', projects: ['unit', 'fuzz', 'wire'] },
    { name: 'interop: real clients and servers', projects: ['interop'] },
    { name: 'cluster: real Kubernetes', projects: ['cluster'] },
  ],
  long: [{ name: 'long: faults, soaks, durability', projects: ['long'] }],
}

const reports = mkdtempSync(join(tmpdir(), 'signet-test-'))
const totals = { passed: 0, failed: 0, skipped: 0 }

function run(command: string, args: readonly string[]): number {
  return spawnSync(command, args, { stdio: 'inherit' }).status ?? 1
}

function runStage(stage: Stage): void {
  const started = Date.now()
  console.log(`\n=== ${stage.name}`)
  const file = join(reports, `${stage.projects.join('-')}.json`)
  const status = run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config=.config/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...stage.projects.map((name) => `--project=${name}`),
  ])
  const report = readReport(file)
  totals.passed += report.numPassedTests
  totals.skipped += report.numPendingTests
  // A stage that ended badly without a failed test (a file that does not load, a setup that threw) still counts as one.
  totals.failed += Math.max(report.numFailedTests, status === 0 ? 0 : 1)
  console.log(`=== ${stage.name}: ${Math.round((Date.now() - started) / 1000)} s, exit ${status}`)
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numFailedTestSuites: 0, numPendingTests: 0 }
  }
}

if (run('npm', ['run', '--silent', 'lint']) !== 0) {
  console.error('lint failed: fix what it names above, then run npm test again')
  process.exit(1)
}
for (const stage of stages[process.argv.includes('--long') ? 'long' : 'short']) runStage(stage)
rmSync(reports, { recursive: true })
console.log(
  `\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
)
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1)
