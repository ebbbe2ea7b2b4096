import { readFileSync } from 'node:fs'

/** Put in by the bundler. */
declare const SIGNET_VERSION: string | undefined

/** The version of Signet, as in package.json. */
export const version = typeof SIGNET_VERSION === 'string' ? SIGNET_VERSION : versionOfSource()

function versionOfSource(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
