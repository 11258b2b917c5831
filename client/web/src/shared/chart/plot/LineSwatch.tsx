import type { ReactElement } from "react";
import { lineColour, lineDash, type Scheme } from "./palette.ts";

/** A short piece of the line at a place of the palette. */
export function LineSwatch({ colour, scheme }: { colour: number; scheme: Scheme }): ReactElement {
  return (
    <svg width="18" height="8" aria-hidden style={{ flex: "none" }}>
      <line x1="0" x2="18" y1="4" y2="4" stroke={lineColour(colour, scheme)} strokeWidth="2" strokeDasharray={lineDash(colour).join(" ")} />
    </svg>
  );
}
