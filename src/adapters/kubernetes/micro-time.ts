/** `metav1.MicroTime` of milliseconds since the epoch: the API server insists on six digits. */
export function formatMicroTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
