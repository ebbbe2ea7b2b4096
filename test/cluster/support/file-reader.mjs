// Runs in an app container: reads the injected files in a loop, both ways that are safe, and tells every second what it saw.
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

const directory = '/var/run/signet.dev'
const seen = { reads: 0, mismatched: 0, generations: 0, serials: [] }
let last

/** One generation: `..data` is resolved once, then every file is read there. */
function readResolved() {
  const generation = readlinkSync(`${directory}/..data`)
  const read = (name) => readFileSync(`${directory}/${generation}/${name}`, 'utf8')
  check(read('site.crt'), read('site.key'), read('root.crt'))
  if (generation !== last) seen.generations += 1
  last = generation
}

/** One file that holds all: one open, one generation. */
function readBundle() {
  const text = readFileSync(`${directory}/bundle.pem`, 'utf8')
  const start = text.indexOf('-----BEGIN CERTIFICATE')
  check(text.slice(start), text.slice(0, start))
}

function check(chain, key, roots) {
  const [leaf, intermediate] = chain
    .match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g)
    .map((pem) => new X509Certificate(pem))
  const trusted = roots === undefined || intermediate.verify(new X509Certificate(roots).publicKey)
  const fits = leaf.checkPrivateKey(createPrivateKey(key)) && leaf.verify(intermediate.publicKey) && trusted
  seen.reads += 1
  if (!fits) seen.mismatched += 1
  if (seen.serials.at(-1) !== leaf.serialNumber) seen.serials.push(leaf.serialNumber)
}

let told = 0
function turn() {
  readResolved()
  readBundle()
  if (Date.now() - told > 1000) {
    told = Date.now()
    console.log(JSON.stringify(seen))
  }
  setTimeout(turn, 5)
}

process.on('SIGTERM', () => process.exit(0))
turn()
