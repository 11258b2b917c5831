import { Skeleton, Stack } from "@mantine/core";
import type { ReactElement } from "react";
import { Delayed } from "./Delayed.tsx";

/** Grey rows in place of ones that are being loaded. */
export function RowSkeletons({ count = 8 }: { count?: number }): ReactElement {
  return (
    <Delayed>
      <Stack component="output" gap={14} p="md" aria-label="Loading">
        {Array.from({ length: count }, (_, index) => (
          <Skeleton key={index} height={20} width={`${95 - ((index * 37) % 40)}%`} />
        ))}
      </Stack>
    </Delayed>
  );
}
