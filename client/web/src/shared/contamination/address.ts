/** Returns the address of the comparison of two datasets, by their keys: the training dataset's checks. */
export function contaminationAddress(train: string, evaluation: string): string {
  return `/datasets/${encodeURIComponent(train)}?${new URLSearchParams({ tab: "checks", with: evaluation, train })}`;
}
