/** Points in time as certificates and Kubernetes write them: whole seconds. */

/** The time without its fraction of a second: certificates have none. */
export function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}

/** RFC 3339 in UTC of a time in milliseconds since the epoch; the fraction of a second is dropped. */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** Milliseconds since the epoch; undefined if there is no text or it is not a time. */
export function parseInstant(text: string | undefined): number | undefined {
  const milliseconds = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}
