/** Numbers as Go's strconv and fmt write them. */

type Decimal = { readonly negative: boolean; readonly digits: string; readonly exponent: number }

/** Digits of a float64 are exact and therefore zero from here on. */
const exactDigits = 1100

/**
 * A finite or infinite float64 in format `e`, `f` or `g` (upper case for `E` and `INF`-free exponents), with `precision`
 * digits, or the fewest that read back as the same number where it is -1. Without a plus sign.
 */
export function formatFloat(value: number, format: string, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const text = sign + formatFinite(Math.abs(value), format.toLowerCase(), precision)
  return format === 'E' || format === 'G' ? text.toUpperCase() : text
}

function formatFinite(value: number, format: string, precision: number): string {
  if (format === 'f') return precision < 0 ? plain(shortest(value), -1) : fixed(value, precision)
  if (format === 'e') {
    return scientific(precision < 0 ? shortest(value) : rounded(value, precision + 1), precision)
  }
  const significant = precision === 0 ? 1 : precision
  const decimal = significant < 0 ? shortest(value) : trimZeros(rounded(value, significant))
  const { length } = decimal.digits
  // Go: as many digits as the number has before its point are no reason for an exponent.
  const most = significant < 0 ? 6 : significant > length && length >= decimal.exponent + 1 ? length : significant
  const isLarge = decimal.exponent < -4 || decimal.exponent >= most
  return isLarge ? scientific(decimal, -1) : plain(decimal, -1)
}

/** The fewest digits that read back as the same number. */
export function shortest(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  return { negative: value < 0, digits: mantissa.replace('.', ''), exponent: Number(exponent) }
}

function trimZeros(decimal: Decimal): Decimal {
  return { ...decimal, digits: decimal.digits.replace(/(?<=.)0+$/, '') }
}

/** To `count` significant digits, half to even, exactly. */
function rounded(value: number, count: number): Decimal {
  if (value === 0) return { negative: false, digits: '0'.repeat(count), exponent: 0 }
  const { exponent } = shortest(value)
  const digits = scaled(value, Math.min(count, exactDigits) - 1 - exponent).toString()
  // 9.99 to two digits is 10, which has one more.
  const carried = digits.length > Math.min(count, exactDigits) ? 1 : 0
  return {
    negative: false,
    digits: digits.slice(0, digits.length - carried).padEnd(count, '0'),
    exponent: exponent + carried,
  }
}

/** value · 10^power as an integer, half to even. */
function scaled(value: number, power: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const mantissa = (bits & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n)
  const shift = Math.max(biased, 1) - 1075
  const numerator = mantissa * (shift > 0 ? 1n << BigInt(shift) : 1n) * (power > 0 ? 10n ** BigInt(power) : 1n)
  const denominator = (shift < 0 ? 1n << BigInt(-shift) : 1n) * (power < 0 ? 10n ** BigInt(-power) : 1n)
  const [quotient, remainder] = [numerator / denominator, (numerator % denominator) * 2n]
  const up = remainder > denominator || (remainder === denominator && quotient % 2n === 1n)
  return up ? quotient + 1n : quotient
}

function fixed(value: number, precision: number): string {
  const places = Math.min(precision, exactDigits)
  const digits = scaled(value, places)
    .toString()
    .padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  return precision === 0 ? whole : `${whole}.${digits.slice(digits.length - places).padEnd(precision, '0')}`
}

function scientific({ digits, exponent }: Decimal, precision: number): string {
  const fraction = precision < 0 ? digits.slice(1) : digits.slice(1, precision + 1).padEnd(precision, '0')
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  return `${digits.charAt(0)}${fraction === '' ? '' : `.${fraction}`}e${power}`
}

function plain({ digits, exponent }: Decimal, precision: number): string {
  const point = exponent + 1
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  const shown = precision < 0 ? fraction : fraction.padEnd(precision, '0')
  return shown === '' || (digits === '0' && precision < 0) ? whole : `${whole}.${shown}`
}
