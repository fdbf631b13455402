import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { outputSubjects } from "../../src/model/effect.ts";
import { type OutputSequence, outputSequence } from "../../src/model/ids.ts";
import type { OutputMessage, PublishOutcome } from "../../src/model/output.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureOutputStream, JetStreamOutput, mayBeLinked } from "../../src/nats/jetstream-output.ts";
import { describeOutput } from "../model/output-contract.ts";
import { startTestServer, useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();
let shards = 0;

describeOutput("the output stream on JetStream", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  const shard = `o${++shards}`;
  const subjects = outputSubjects(shard);
  await ensureOutputStream(broker, shard);
  const output = new JetStreamOutput(broker, shard);
  return {
    output,
    subject: subjects.trigger("email", "p", "t"),
    remove: async (sequence) => void (await broker.jsm.streams.deleteMessage(subjects.stream, sequence, false)),
    goAway: async () => {
      server().kill("SIGKILL");
      await broker.lost();
    },
    comeBack: () => server().restart(),
    close: async () => {
      output.close();
      await broker.close();
    },
  };
});

const message = (subject: string, index: number): OutputMessage => ({
  subject,
  identity: `0-${index}-0-0`,
  contentType: "text/plain",
  body: new TextEncoder().encode(String(index)),
});

test("a server that is killed under a window leaves outcomes that are true", async () => {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  await ensureOutputStream(broker, "k");
  const output = new JetStreamOutput(broker, "k");
  const subject = outputSubjects("k").epoch;
  const outcomes: Promise<PublishOutcome>[] = [];
  for (let i = 0; i < 20_000; i++) {
    outcomes.push(output.publish(message(subject, i + 1), outputSequence(i)));
    if (i === 8_000) own.kill("SIGKILL");
    if (i % 200 === 0) await sleep(1);
  }
  await own.restart();
  const settled = await Promise.all(outcomes);
  await output.ready(AbortSignal.timeout(15_000));
  const last = (await output.state()).last;
  const held = new Map<OutputSequence, string>();
  for await (const stored of output.range(outputSequence(1), last)) held.set(stored.sequence, stored.identity);

  expect(held.size).toBe(last);
  const kinds = new Set(settled.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["busy", "stored", "unknown"]);
  for (const [i, outcome] of settled.entries()) {
    if (outcome.kind === "stored") expect([outcome.sequence, held.get(outcome.sequence)]).toEqual([i + 1, `0-${i + 1}-0-0`]);
    if (outcome.kind === "busy" || outcome.kind === "refused") expect(held.get(outputSequence(i + 1))).toBeUndefined();
  }
  output.close();
  await broker.close();
}, 60_000);

test("links are asked for on a single server, also where it calls itself a leader, and not in a cluster", () => {
  expect(mayBeLinked({})).toBe(true);
  expect(mayBeLinked({ cluster: { leader: "n1" } } as never)).toBe(true);
  expect(mayBeLinked({ cluster: { name: "c", leader: "n1", replicas: [] } } as never)).toBe(false);
});

test("a second writer is seen as a refusal", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await ensureOutputStream(broker, "two");
  const [a, b] = [new JetStreamOutput(broker, "two"), new JetStreamOutput(broker, "two")];
  const subject = outputSubjects("two").epoch;
  expect((await a.publish(message(subject, 1), outputSequence(0))).kind).toBe("stored");
  expect((await b.publish(message(subject, 2), outputSequence(1))).kind).toBe("stored");
  expect(await a.publish(message(subject, 3), outputSequence(1))).toEqual({ kind: "refused" });
  a.close();
  b.close();
  await broker.close();
});

test("a full stream, a missing stream and a message that is too large are busy, not stored", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  const subjects = outputSubjects("full");
  const output = new JetStreamOutput(broker, "full");
  expect(await output.publish(message(subjects.epoch, 1), outputSequence(0))).toEqual({ kind: "busy", reason: "no stream takes it" });
  await broker.jsm.streams.add({ name: subjects.stream, subjects: subjects.all, max_msgs: 1, discard: "new" as never });
  expect((await output.publish(message(subjects.epoch, 1), outputSequence(0))).kind).toBe("stored");
  expect((await output.publish(message(subjects.epoch, 2), outputSequence(1))).kind).toBe("busy");
  const large = { ...message(subjects.epoch, 2), body: new Uint8Array(2_000_000) };
  expect((await output.publish(large, outputSequence(1))).kind).toBe("busy");
  expect((await output.state()).last).toBe(1);
  output.close();
  await broker.close();
});

test("an output stream that forgets within a week, or refuses deletion, is unsuitable and is told why", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  const subjects = outputSubjects("bad");
  await broker.jsm.streams.add({ name: subjects.stream, subjects: [...subjects.all.slice(1), "else.bad"], max_age: 3_600_000_000_000, deny_delete: true });
  await expect(ensureOutputStream(broker, "bad")).rejects.toMatchObject({
    code: "STREAM_UNSUITABLE",
    message: expect.stringMatching(
      /deny_delete.*max_age is 1 h, must be at least 168 h.*tidemark\.transitions\.\*\.\*\.\*\.bad is missing.*else\.bad does not belong there/,
    ),
  });
  await broker.close();
});
