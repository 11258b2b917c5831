import {
  IconBrain,
  IconDatabase,
  IconHistory,
  IconHome,
  IconKey,
  IconListCheck,
  IconMessages,
  IconPlayerPlay,
  IconPlug,
  IconScale,
  IconStack2,
  IconTrophy,
} from "@tabler/icons-react";

/** A page of the sidebar. */
export interface Page {
  path: string;
  label: string;
  icon: typeof IconHome;
  /** The second key of the sequence that goes there: `g t` for traces. */
  key: string;
  /** Whether the server gives it to administrators only. */
  isForAdmins?: boolean;
}

/** The pages in the order of the sidebar. */
export const PAGES: readonly Page[] = [
  { path: "/", label: "Overview", icon: IconHome, key: "o" },
  { path: "/traces", label: "Traces", icon: IconBrain, key: "t" },
  { path: "/groups", label: "Groups", icon: IconStack2, key: "g" },
  { path: "/compare", label: "Compare", icon: IconScale, key: "c" },
  { path: "/review", label: "Review", icon: IconListCheck, key: "v" },
  { path: "/datasets", label: "Datasets", icon: IconDatabase, key: "d" },
  { path: "/runs", label: "Runs", icon: IconPlayerPlay, key: "r" },
  { path: "/generations", label: "Generations", icon: IconMessages, key: "n" },
  { path: "/evaluations", label: "Evaluations", icon: IconTrophy, key: "e" },
  { path: "/integrations", label: "Integrations", icon: IconPlug, key: "i" },
  { path: "/keys", label: "API keys", icon: IconKey, key: "k", isForAdmins: true },
  { path: "/audit", label: "Audit log", icon: IconHistory, key: "a", isForAdmins: true },
];
