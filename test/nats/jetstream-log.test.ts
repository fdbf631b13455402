import { describe, expect, test } from "vitest";
import { logSubjects } from "../../src/model/log.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { deleteStreams } from "../../src/nats/streams.ts";
import { describeLog } from "../model/log-contract.ts";
import { useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();
let shards = 0;

describeLog("the log on JetStream", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  const shard = `t${++shards}`;
  const subjects = logSubjects(shard);
  await ensureLogStream(broker, shard, { publicAlias: false });
  return {
    log: new JetStreamLog(broker, shard),
    subject: `${subjects.event}.test`,
    purgeBelow: async (first) => void (await broker.jsm.streams.purge(subjects.stream, { seq: first })),
    remove: async (at) => void (await broker.jsm.streams.deleteMessage(subjects.stream, at, false)),
    recreate: async () => {
      await deleteStreams(broker, [subjects.stream]);
      await ensureLogStream(broker, shard, { publicAlias: false });
    },
    close: () => broker.close(),
  };
});
