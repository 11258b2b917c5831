import { graphql } from "../../gql/gql.ts";

/** Whether training can run here. */
export const TUNIX_STATUS = graphql(`
  query TunixStatus {
    tunixStatus {
      available
      version
      message
      installCommand
    }
  }
`);

/** Whether games can be played here. */
export const UNGAR_STATUS = graphql(`
  query UngarStatus {
    ungarStatus {
      available
      version
      message
      installCommand
    }
  }
`);

/** The health of RediAI. */
export const REDIAI_HEALTH = graphql(`
  query RediaiHealth {
    health {
      rediai {
        mode
        status
        reason
        message
        checkedAt
        latencyMs
      }
    }
  }
`);
