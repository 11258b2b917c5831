/** Returns the address of a group's page; the filter and the scorer decide what its statistics are of. */
export function groupAddress(key: string, { where, scorer }: { where?: string | null; scorer?: string | null }): string {
  const given = Object.entries({ where, scorer }).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const search = new URLSearchParams(given).toString();
  return `/groups/${encodeURIComponent(key)}${search === "" ? "" : `?${search}`}`;
}
