import type { Condition } from "../../shared/health/Mark.tsx";

interface Times {
  expiresAt: string | null;
  revokedAt: string | null;
}

/** Returns whether a key can be used at a time, and otherwise why not. */
export function keyState({ expiresAt, revokedAt }: Times, now: Date): { condition: Condition; word: string } {
  if (revokedAt !== null) {
    return { condition: "absent", word: "Revoked" };
  }
  if (expiresAt !== null && new Date(expiresAt) <= now) {
    return { condition: "bad", word: "Expired" };
  }
  return { condition: "good", word: "Active" };
}
