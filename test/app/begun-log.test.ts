import { expect, onTestFinished, test } from "vitest";
import { settingsOfBegunLog } from "../../src/app/begun-log.ts";
import { logSubjects } from "../../src/model/log.ts";
import { type Broker, connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();

async function connected(): Promise<Broker> {
  const broker = await connectBroker({ url: server().url, name: "test" });
  onTestFinished(() => broker.close());
  return broker;
}

const settings = (shard: string, clock: string) => Buffer.from(JSON.stringify({ type: "settings", shard, clock, created: "2026-01-01T00:00:00Z" }));

test("a log without a stream, or without settings in it, was not begun, and what to do is said", async () => {
  const broker = await connected();
  await expect(settingsOfBegunLog(broker, "none")).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining("start `tidemark run --shard none` once"),
  });
  await ensureLogStream(broker, "early", { publicAlias: false });
  await new JetStreamLog(broker, "early").append(`${logSubjects("early").event}.web`, Buffer.from("{}"));
  await expect(settingsOfBegunLog(broker, "early")).rejects.toMatchObject({ code: "USAGE" });
});

test("the first settings count, whatever stands before them and after them", async () => {
  const broker = await connected();
  await ensureLogStream(broker, "two", { publicAlias: false });
  const log = new JetStreamLog(broker, "two");
  for (const clock of ["event", "stored"]) await log.append(logSubjects("two").settings, settings("two", clock));
  expect(await settingsOfBegunLog(broker, "two")).toMatchObject({ shard: "two", clock: "event" });
  await ensureLogStream(broker, "late", { publicAlias: false });
  const late = new JetStreamLog(broker, "late");
  await late.append(`${logSubjects("late").event}.web`, Buffer.from("{}"));
  await late.append(logSubjects("late").settings, settings("late", "event"));
  expect((await settingsOfBegunLog(broker, "late")).clock).toBe("event");
});
