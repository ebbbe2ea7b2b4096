/** From the most to the least that is said. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

type Write = (fields: object, message: string) => void

/**
 * A structured log, as pino's. One line per event; the message is fixed text, everything that varies is a field. Fields
 * never hold tokens, keys, passwords or Secret bodies.
 */
export type Log = {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}
