import type { Administration } from '../../../authority/admin/administration.ts'
import type { Route } from '../route.ts'
import { adminRoute } from './admin-route.ts'
import { adminEndpoints } from './admins.ts'
import { externalAccountKeyEndpoints } from './external-account-keys.ts'
import { policyEndpoints } from './policy.ts'
import { provisionerEndpoints } from './provisioners.ts'
import { webhookEndpoints } from './webhooks.ts'

/** step-ca's admin API (authority/admin/api/handler.go). */
export function adminRoutes(administration: Administration): readonly Route[] {
  return [
    ...provisionerEndpoints,
    ...adminEndpoints,
    ...policyEndpoints,
    ...webhookEndpoints,
    ...externalAccountKeyEndpoints,
  ].map((endpoint) => adminRoute(endpoint, administration))
}
