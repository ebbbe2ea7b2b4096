/** A member of ca.json that is taken, but not as step-ca takes it. */
export type Warning = {
  /** Of the member, such as `db.type`. */
  readonly path: string
  /** Goes on from the path: `is ignored: …`. */
  readonly message: string
}
