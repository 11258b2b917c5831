// Runs the official GraphQL-over-HTTP audits against a server and prints their results as JSON.
//
//     node audit.mjs URL
//
// prints [{id, name, status, reason}, ...]; status is "ok", "notice", "warn" or "error". It ends with 0 whatever they
// are: judging is the caller's.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

const results = [];
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const { id, name, status, reason = null } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
