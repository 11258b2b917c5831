/**
 * Gives the focus to the first field of a form that has an error, and scrolls it to the middle of the screen: where the
 * browser would scroll it, at the edge, its message is out of sight.
 */
export function showFirstError(form: HTMLElement | null): void {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}
