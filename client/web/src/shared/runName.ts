/** Returns how pages call a run: by its name, or by the end of its UUID. */
export function runName({ outputName, uuid }: { outputName?: string | null; uuid: string }): string {
  return outputName ?? `Run ${uuid.slice(-12)}`;
}
