// `explain` from a running engine and from a checkpoint: the same contact with the same reasons, and what was published about it.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpServer, startHttp } from "../../src/http/server.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { outputSequence } from "../../src/model/ids.ts";
import { type Broker, connectBroker } from "../../src/nats/connection.ts";
import { ensureOutputStream, JetStreamOutput } from "../../src/nats/jetstream-output.ts";
import { type MemoryEngine, startMemoryEngine } from "../app/memory-engine.ts";
import { useNatsServer } from "../support/nats-server.ts";
import { lines, run } from "./command-line.ts";

const server = useNatsServer();
const undo: (() => void | Promise<void>)[] = [];
let story: MemoryEngine;
let http: HttpServer;

beforeAll(async () => {
  story = await startMemoryEngine({ later: (step) => undo.push(step) });
  await story.hit(["ana", "ana", "bob"]);
  await story.engine.checkpoint();
  http = await startHttp(story.engine, new Metrics({ processMetrics: false }), { host: "127.0.0.1", port: 0, timeoutMs: 5000, connections: 1024 });
  const broker = await connectBroker({ url: server().url, name: "test" });
  undo.push(
    () => broker.close(),
    () => http.stop(100),
  );
  await publishAll(broker);
}, 30_000);

afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

/** What the engine has put out, onto a real stream. */
async function publishAll(broker: Broker): Promise<void> {
  await ensureOutputStream(broker, "0");
  const output = new JetStreamOutput(broker, "0");
  const { last } = await story.output.state();
  let at = 0;
  for await (const message of story.output.range(outputSequence(1), last)) {
    const outcome = await output.publish(message, outputSequence(at));
    if (outcome.kind === "stored") at = outcome.sequence;
  }
  output.close();
}

const address = () => http.url.replace("http://", "");
const explain = (args: string) => run(`explain ${args}`, { more: ["--nats", server().url] });

describe("from a running engine", () => {
  test("says each score by rule, why this stage, why not the next, and what is ahead", async () => {
    const { exit, out, err } = await explain(`ana --http ${address()}`);
    expect([exit, err]).toEqual([0, ""]);
    const said = lines(out).map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME").replace(/\d+\.\d+/g, "N"));
    expect(said.slice(0, 12)).toEqual([
      "ana (user), first seen TIME, last TIME; as of TIME",
      "counting version 1",
      "  stage hot since TIME, before that cold",
      "    because cold to hot, event hit, heat >= 15 (N)",
      "  heat N = hit N",
      "  measures: hits 2",
      "  why not",
      expect.stringMatching(/^ {4}cold: heat is N, and it asks for heat < 5; time alone brings it on 5 Jan \d\d:\d\d$/),
      "  ahead, if nothing happens",
      expect.stringMatching(/^ {4}5 Jan \d\d:\d\d: heat < 5 holds: the contact moves to cold$/),
      expect.stringMatching(/^what happened \(looked through \d+ published messages back to TIME\)$/),
      "  TIME  counting  stage none > cold: birth",
    ]);
    expect(said.at(-1)).toBe("  TIME  counting  stage cold > hot: cold to hot, event hit, heat >= 15 (N)");
  });

  test("says how far it looked, and --json has all of it", async () => {
    const { exit, out } = await explain(`ana --http ${address()} --look 1 --json`);
    const found = JSON.parse(out);
    expect(exit).toBe(0);
    expect(found.past).toMatchObject({ messages: 1, more: true, happened: [] });
    expect(found.why.packs.counting.moves[0]).toMatchObject({ to: "cold", condition: { holds: false, missing: 1 } });
  });

  test("an unknown contact is a finding, and so is an engine that does not answer", async () => {
    const unknown = await explain(`nobody --http ${address()}`);
    expect([unknown.exit, unknown.err]).toEqual([
      1,
      'tidemark: NO_SUCH_CONTACT: no user contact has the id "nobody". Is the id as producers send it? For an anonymous id add `--kind anonymous`.\n',
    ]);
    const silent = await explain("ana --http 127.0.0.1:1");
    expect([silent.exit, silent.err]).toEqual([
      1,
      expect.stringContaining("ENGINE_UNREACHABLE: no answer from http://127.0.0.1:1/v1/contacts/ana?kind=user&why=true ("),
    ]);
  });
});

test("a checkpoint gives the same reasons, and needs no broker", async () => {
  const live = JSON.parse((await explain(`ana --http ${address()} --look 0 --json`)).out);
  const { exit, out } = await run(`explain ana --state ${story.state} --json`, { more: ["--nats", "nats://127.0.0.1:1"] });
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toEqual(live);
  expect((await run(`explain nobody --state ${story.state}`)).exit).toBe(1);
});
