import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { templateParsers } from './parsers/templates.ts'

expectRobust(templateParsers, { inputs: fuzzInputs, seed: fuzzSeed })
