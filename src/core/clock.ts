/** The time as an argument: `app/` passes the system's, tests one that they turn by hand. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

/** Randomness as an argument. */
export type Random = {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
}
