import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import { REDIAI_HEALTH, TUNIX_STATUS, UNGAR_STATUS } from "../../../shared/health/documents.ts";
import { Mark } from "../../../shared/health/Mark.tsx";
import { usePolled } from "../../../shared/live/usePolled.ts";
import classes from "./HealthStrip.module.css";
import { type Reading, rediaiReading, serverReadings, tunixReading, ungarReading } from "./readings.ts";

const SERVER_HEALTH = graphql(`
  query ServerHealth {
    serverInfo {
      version
      database {
        kind
      }
    }
    health {
      status
      database {
        status
        latencyMs
        message
      }
      disk {
        status
        freeBytes
        message
      }
      queue {
        pending
        running
        oldestPendingSeconds
        workers
      }
    }
  }
`);

/** The health of the server and of its dependencies; each part is queried, and fails, separately. */
export function HealthStrip(): ReactElement {
  const server = usePolled(SERVER_HEALTH);
  const tunix = usePolled(TUNIX_STATUS);
  const ungar = usePolled(UNGAR_STATUS);
  const rediai = usePolled(REDIAI_HEALTH);
  const readings = [...serverReadings(server), tunixReading(tunix), ungarReading(ungar), rediaiReading(rediai)];
  return (
    <ul className={classes.strip} aria-label="Health">
      {readings.map((reading) => (
        <HealthItem key={reading.name} reading={reading} />
      ))}
    </ul>
  );
}

function HealthItem({ reading: { name, condition, word, detail } }: { reading: Reading }): ReactElement {
  return (
    <li className={classes.item}>
      <span className={classes.line}>
        <Mark condition={condition} />
        <span>
          {name}: <strong>{word}</strong>
        </span>
      </span>
      <Text size="xs" c="dimmed" truncate title={detail} className={classes.detail}>
        {detail}
      </Text>
    </li>
  );
}
