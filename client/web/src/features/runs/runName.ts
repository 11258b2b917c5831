/** Returns how a run is called: by the name of its folder, or the end of its id. */
export function runName({ outputName, uuid }: { outputName: string | null; uuid: string }): string {
  return outputName ?? uuid.slice(-12);
}
