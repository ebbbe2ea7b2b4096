import { SignetError } from '../../core/errors.ts'

/** Reasons of RFC 5280 §5.3.1 by step's names, which are written in any case and with any spaces. */
const codes: Readonly<Record<string, number>> = {
  unspecified: 0,
  keycompromise: 1,
  cacompromise: 2,
  affiliationchanged: 3,
  superseded: 4,
  cessationofoperation: 5,
  certificatehold: 6,
  removefromcrl: 8,
  privilegewithdrawn: 9,
  aacompromise: 10,
}

/** The code of a reason's name or number; 0 if none is given. */
export function reasonCodeOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (/^[+-]?\d+$/.test(text)) return inBounds(Number(text))
  const code = codes[text.toLowerCase().replaceAll(' ', '')]
  if (code === undefined) throw new SignetError('malformed', `unrecognized revocation reason code '${text}'`)
  return code
}

function inBounds(code: number): number {
  if (code >= 0 && code <= 10) return code
  const message = `reasonCode out of bounds. Got ${code}, but want value between 0 and 10`
  throw new SignetError('malformed', message)
}
