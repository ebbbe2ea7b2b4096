// `npm run bench [-- NAME ...]`: runs the benches, all or the named ones, and prints a table for each. Exit code 1 if a
// target is missed. Figures are only as good as the machine is quiet.
import { formatFigures, type Bench } from './bench.ts'

/** Name → the file that exports `bench`. A new bench is a file and a row here. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  start: () => import('./start.ts'),
  sign: () => import('./sign.ts'),
  'sign-oidc': () => import('./sign-oidc.ts'),
  'sign-x5c': () => import('./sign-x5c.ts'),
  'sign-k8s-sa': () => import('./sign-k8s-sa.ts'),
  renew: () => import('./renew.ts'),
  growth: () => import('./growth.ts'),
  'sign-in-cluster': () => import('./sign-in-cluster.ts'),
  certificates: () => import('./certificates.ts'),
  webhook: () => import('./webhook.ts'),
  'pod-start': () => import('./pod-start.ts'),
  renewer: () => import('./renewer.ts'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => benches[name] === undefined)
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there is ${Object.keys(benches).join(', ')}`)
  process.exit(1)
}

let missed = 0
for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { bench } = await load()
  console.log(`\n${name}: ${bench.title}`)
  const figures = await bench.run()
  console.log(formatFigures(figures))
  missed += figures.filter(({ target }) => target?.met === false).length
}
process.exit(missed === 0 ? 0 : 1)
