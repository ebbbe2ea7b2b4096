import { row, text, type TemplateFunction } from '../engine/functions-api.ts'
import { FunctionError } from '../engine/template-error.ts'
import { asn1Functions } from './asn1.ts'
import { builtins } from './builtins.ts'
import { dateFunctions } from './dates.ts'
import { dictFunctions } from './dicts.ts'
import { encodingFunctions } from './encoding.ts'
import { listFunctions } from './lists.ts'
import { numberFunctions } from './numbers.ts'
import { pathFunctions, urlFunctions } from './paths.ts'
import { refusedFunctions } from './refused.ts'
import { regexFunctions } from './regex.ts'
import { semverFunctions } from './semver.ts'
import { stringFunctions } from './strings.ts'

/** Every function that step's templates of certificates have, by name, with how ours relates to it. */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map(
  [
    ...builtins,
    ...stringFunctions,
    ...listFunctions,
    ...dictFunctions,
    ...numberFunctions,
    ...encodingFunctions,
    ...dateFunctions,
    ...regexFunctions,
    ...pathFunctions,
    ...urlFunctions,
    ...semverFunctions,
    ...asn1Functions,
    ...refusedFunctions,
    row('fail', 'string', ([message]) => {
      throw new FunctionError(text(message), 'fail')
    }),
  ].map((one) => [one.name, one]),
)
