/** Is this the error of a system call with this code, such as ENOENT? */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}
