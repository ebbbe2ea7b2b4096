import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { configurationParsers } from './parsers/configuration.ts'

expectRobust(configurationParsers, { inputs: fuzzInputs, seed: fuzzSeed })
