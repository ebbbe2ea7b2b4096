import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAuthorityFolder, type AuthorityFolder } from '../harness/authority-folder.ts'
import type { Configuration } from './case.ts'
import type { World } from './world.ts'

/** A folder whose ca.json has the members of a configuration. */
export async function makeGoldenFolder(
  { members }: Configuration,
  world: World,
  address?: string,
): Promise<AuthorityFolder> {
  const folder = await makeAuthorityFolder(address === undefined ? {} : { address })
  const federated = join(folder.path, 'certs', 'federated.crt')
  writeFileSync(federated, world.federated)
  const text = JSON.stringify(world.resolve(members)).replaceAll('(federated root)', federated)
  const changes = JSON.parse(text) as Record<string, unknown>
  const configWith: AuthorityFolder['configWith'] = (more) => folder.configWith({ ...changes, ...more })
  writeFileSync(folder.config, configWith({}))
  return { ...folder, configWith }
}
