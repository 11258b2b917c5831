import { useCallback, useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";

/**
 * Returns a function to call before something is waited for. What it returns navigates, unless its user has gone to
 * another page in the meantime: an answer that comes late takes nobody away from there.
 */
export function useNavigateLater(): () => (to: string) => Promise<void> {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const here = useRef<string>(undefined);
  useEffect(() => {
    here.current = pathname;
    return () => {
      here.current = undefined;
    };
  }, [pathname]);
  return useCallback(() => {
    const from = here.current;
    return async (to) => {
      if (from !== undefined && here.current === from) {
        await navigate(to);
      }
    };
  }, [navigate]);
}
