import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { x509Parsers } from './parsers/x509.ts'

expectRobust(x509Parsers, { inputs: fuzzInputs, seed: fuzzSeed })
