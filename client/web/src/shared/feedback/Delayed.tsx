import { type ReactElement, type ReactNode, useEffect, useState } from "react";

const DELAY_MS = 200;

/** Shows its children after 200 ms, so that quick requests show no skeleton. */
export function Delayed({ children }: { children: ReactNode }): ReactElement | null {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return isShown ? <>{children}</> : null;
}
