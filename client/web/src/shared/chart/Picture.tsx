import type { CSSProperties, ReactElement, ReactNode, Ref } from "react";

interface Props {
  /** A description of the picture. */
  label: string;
  children?: ReactNode;
  ref?: Ref<HTMLDivElement>;
  className?: string | undefined;
  style?: CSSProperties;
}

/** A drawing with a description: a canvas or an SVG, which have no tag for one. */
export function Picture({ label, ...rest }: Props): ReactElement {
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
  return <div role="img" aria-label={label} {...rest} />;
}
