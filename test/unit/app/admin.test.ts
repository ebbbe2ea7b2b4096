import { expect, it } from 'vitest'
import { refuseInCluster } from '../../../src/app/authority-process/admin.ts'
import { parseCaConfig } from '../../../src/config/ca-config.ts'

const caJson = (enableAdmin: boolean) => ({
  root: 'root.crt',
  crt: 'intermediate.crt',
  key: 'intermediate.key',
  address: ':9000',
  db: { type: 'sqlite', dataSource: 'db.sqlite' },
  authority: { enableAdmin },
})

it('refuses the admin API in a cluster, where provisioners are objects', () => {
  expect(() => refuseInCluster({ ca: parseCaConfig(caJson(true)) })).toThrow(
    'authority.enableAdmin is not for a cluster: set spec.admin of the Authority',
  )
  expect(() => refuseInCluster({ ca: parseCaConfig(caJson(false)) })).not.toThrow()
})
