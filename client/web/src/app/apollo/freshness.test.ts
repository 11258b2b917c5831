import { ApolloClient, ApolloLink, gql, InMemoryCache } from "@apollo/client";
import { Observable, type Subscriber } from "rxjs";
import { expect, it } from "vitest";
import { countChange, UNSEEN } from "../../shared/live/changes.ts";
import { freshness } from "./freshness.ts";

const STATUS = gql`query Status { status }`;
const CANCEL = gql`mutation Cancel { cancel }`;

/** A client, and the requests of its that are not answered yet, by the names of their operations. */
function withheld(): { client: ApolloClient; sent: [string, Subscriber<ApolloLink.Result>][] } {
  const sent: [string, Subscriber<ApolloLink.Result>][] = [];
  const network = new ApolloLink(({ operationName = "" }) => new Observable((answer) => void sent.push([operationName, answer])));
  const client = new ApolloClient({ link: ApolloLink.from([freshness(), network]), cache: new InMemoryCache() });
  return { client, sent };
}

function reply([, answer]: [string, Subscriber<ApolloLink.Result>], data: Record<string, unknown>): void {
  answer.next({ data });
  answer.complete();
}

type Sent = ReturnType<typeof withheld>["sent"];
const at = (sent: Sent, place: number): Sent[number] => sent[place] ?? expect.fail(`only ${sent.length} requests were sent`);
const names = (sent: Sent): string[] => sent.map(([name]) => name);

it("asks a query again whose answer a mutation has overtaken", async () => {
  const { client, sent } = withheld();
  const status = client.query({ query: STATUS });
  const cancelled = client.mutate({ mutation: CANCEL });
  reply(at(sent, 1), { cancel: true });
  await cancelled;

  reply(at(sent, 0), { status: "RUNNING" });
  expect(names(sent)).toEqual(["Status", "Cancel", "Status"]);
  reply(at(sent, 2), { status: "CANCELLED" });
  expect((await status).data).toEqual({ status: "CANCELLED" });
});

it("answers a query that is sent after a mutation by what is newer than the mutation, though an older one is in flight", async () => {
  const { client, sent } = withheld();
  void client.query({ query: STATUS, fetchPolicy: "network-only" });
  const cancelled = client.mutate({ mutation: CANCEL });
  reply(at(sent, 1), { cancel: true });
  await cancelled;
  const status = client.query({ query: STATUS, fetchPolicy: "network-only" });

  reply(at(sent, 0), { status: "RUNNING" });
  reply(at(sent, 2), { status: "CANCELLED" });
  expect((await status).data).toEqual({ status: "CANCELLED" });
  expect(sent).toHaveLength(3);
});

it("asks once where no mutation was answered meanwhile, or one whose change no query shows", async () => {
  const { client, sent } = withheld();
  const cancelled = client.mutate({ mutation: CANCEL });
  reply(at(sent, 0), { cancel: true });
  await cancelled;
  const status = client.query({ query: STATUS });
  const quiet = client.mutate({ mutation: CANCEL, context: UNSEEN });
  reply(at(sent, 2), { cancel: true });
  await quiet;

  reply(at(sent, 1), { status: "RUNNING" });
  expect((await status).data).toEqual({ status: "RUNNING" });
  expect(sent).toHaveLength(3);
});

it("asks a query again that was in flight when a subscription reported a change", async () => {
  const { client, sent } = withheld();
  const status = client.query({ query: STATUS });
  countChange();
  reply(at(sent, 0), { status: "RUNNING" });
  reply(at(sent, 1), { status: "COMPLETED" });
  expect((await status).data).toEqual({ status: "COMPLETED" });
});

it("takes the fourth answer as it is, however many mutations there are", async () => {
  const { client, sent } = withheld();
  const status = client.query({ query: STATUS });
  for (const place of [0, 2, 4, 6]) {
    const cancelled = client.mutate({ mutation: CANCEL });
    reply(at(sent, place + 1), { cancel: true });
    // oxlint-disable-next-line no-await-in-loop
    await cancelled;
    reply(at(sent, place), { status: `answer ${place / 2 + 1}` });
  }
  expect((await status).data).toEqual({ status: "answer 4" });
  expect(names(sent).filter((name) => name === "Status")).toHaveLength(4);
});

it("fails a query that a mutation has overtaken, if it fails", async () => {
  const { client, sent } = withheld();
  const status = client.query({ query: STATUS });
  const failed = client.mutate({ mutation: CANCEL });
  at(sent, 1)[1].error(new Error("no answer"));
  await expect(failed).rejects.toThrow("no answer");
  reply(at(sent, 0), { status: "RUNNING" });
  at(sent, 2)[1].error(new Error("away"));
  await expect(status).rejects.toThrow("away");
});
