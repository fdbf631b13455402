import { expect, onTestFinished, test } from "vitest";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream } from "../../src/nats/jetstream-log.ts";
import { deleteStreams, shardStreams, streamsExist } from "../../src/nats/streams.ts";
import { useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();

test("finds and deletes exactly the streams that are named", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureLogStream(broker, "demo", { publicAlias: false });
  await ensureLogStream(broker, "demo2", { publicAlias: false });
  expect(shardStreams("demo")).toEqual(["TIDEMARK_LOG_demo", "TIDEMARK_OUT_demo"]);
  expect(await streamsExist(broker, shardStreams("demo"))).toEqual(["TIDEMARK_LOG_demo"]);
  await deleteStreams(broker, shardStreams("demo"));
  expect(await streamsExist(broker, ["TIDEMARK_OUT_demo", "TIDEMARK_LOG_demo2", "TIDEMARK_LOG_demo"])).toEqual(["TIDEMARK_LOG_demo2"]);
});
