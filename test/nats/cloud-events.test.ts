import { headers } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { lines, run } from "../cli/command-line.ts";
import { useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();

test("the headers of a CloudEvent in binary mode come with the message, whether it is read on, looked up or dumped", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureLogStream(broker, "ce", { publicAlias: false });
  const sent = headers();
  for (const [name, value] of Object.entries({
    "ce-specversion": "1.0",
    "ce-id": "e%201",
    "ce-subject": "c_42",
    "ce-type": "x",
    "Content-Type": "application/json",
  }))
    sent.set(name, value);
  const subject = `${logSubjects("ce").event}.web`;
  await broker.js.publish(subject, '{"type":"page"}', { headers: sent });
  await broker.js.publish(subject, '{"type":"page"}');
  const log = new JetStreamLog(broker, "ce");
  const read = [];
  for await (const message of log.read(position(1), AbortSignal.timeout(20_000))) {
    read.push(message.cloudEvent);
    if (message.position === 2) break;
  }
  expect(read).toEqual([{ id: "e 1", subject: "c_42" }, undefined]);
  expect((await log.at(position(1)))?.cloudEvent).toEqual({ id: "e 1", subject: "c_42" });
  const dumped = lines((await run(`log dump --nats ${server().url} --shard ce`)).out).map((line) => JSON.parse(line).headers);
  expect(dumped).toEqual([{ "Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "e%201", "ce-subject": "c_42" }, {}]);
});
