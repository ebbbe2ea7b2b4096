import type { FuzzedParser } from '../fuzz.ts'
import { bodyParsers } from './bodies.ts'
import { configurationParsers } from './configuration.ts'
import { nameParsers } from './names.ts'
import { policyParsers } from './policies.ts'
import { templateParsers } from './templates.ts'
import { tokenParsers } from './tokens.ts'
import { x509Parsers } from './x509.ts'

/** Everything that reads what others wrote. */
export const everyParser: readonly FuzzedParser[] = [
  ...x509Parsers,
  ...tokenParsers,
  ...templateParsers,
  ...policyParsers,
  ...configurationParsers,
  ...bodyParsers,
  ...nameParsers,
]
