// `forget` and `export` against a running engine: what is asked, what is printed, and each way in which it does not work.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Erasing } from "../../src/app/erasing.ts";
import { EnginePrivacy } from "../../src/app/privacy.ts";
import { privacyFront } from "../../src/http/privacy.ts";
import { type HttpServer, startHttp } from "../../src/http/server.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { type MemoryEngine, startMemoryEngine } from "../app/memory-engine.ts";
import { lines, run } from "./command-line.ts";

const undo: (() => void | Promise<void>)[] = [];
const TOKEN = "a-secret-token";
let story: MemoryEngine;
let http: HttpServer;
let refusals = 0;

beforeAll(async () => {
  story = await startMemoryEngine({ later: (step) => undo.push(step) });
  await story.hit(["ana", "ben", "cleo", "dora", "ana"]);
  const parts = { engine: Promise.resolve(story.engine), log: story.log, shard: "0" };
  const erase = async () => ({ erased: 2, left: 1 });
  const output = async () => {
    if (refusals-- > 0) throw new Error("the broker refuses");
    return { erased: 1, left: 0, unread: 3 };
  };
  const erasing = new Erasing({ ...parts, erasers: { log: erase, output, dead: erase }, failed: () => {}, againMs: 5000 });
  const ending = new AbortController();
  undo.push(() => ending.abort());
  void erasing.run(ending.signal).catch(() => {});
  const privacy = new EnginePrivacy({ ...parts, erasing, published: async () => ({ events: [] }) });
  const metrics = new Metrics({ processMetrics: false });
  const front = privacyFront(privacy, metrics, { adminToken: TOKEN, local: true, timeoutMs: 30_000 });
  http = await startHttp(story.engine, metrics, { host: "127.0.0.1", port: 0, timeoutMs: 30_000, connections: 1024, fronts: [front] });
  undo.push(() => http.stop(100));
}, 30_000);

afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

const admin = (args: string) =>
  run(args, { more: ["--http", http.url.replace("http://", ""), "--set", `http.admin_token=${TOKEN}`, "--set", "http.timeout_ms=30000"] });

describe("export", () => {
  test("prints one document of all that is held", async () => {
    const { exit, out, err } = await admin("export ana");
    expect([exit, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ state: { contact: { id: "ana", kind: "user" } }, published: { events: [] } });
    expect(lines((await admin("export ana --json")).out)).toHaveLength(1);
  });

  test("of somebody unknown, or of another kind, is a finding", async () => {
    for (const args of ["export nobody", "export ana --kind anonymous"]) {
      const { exit, err } = await admin(args);
      expect([exit, err]).toEqual([1, expect.stringContaining("NO_SUCH_CONTACT")]);
    }
  });
});

describe("forget", () => {
  test("--wait ends when it is done, and says what was erased and what could not be", async () => {
    const { exit, out, err } = await admin("forget ana --erase log,output --wait");
    expect([exit, err]).toEqual([0, ""]);
    expect(lines(out).map((line) => line.replace(/request \S+ at position \d+/, "request R"))).toEqual([
      "request R: done",
      "  known before, and forgotten",
      "  log: 2 messages erased, 1 left because others are in them too",
      "  output: 1 message erased, 3 left that cannot be read",
    ]);
    expect(await story.engine.contact({ kind: "user", id: "ana" })).toBeUndefined();
  });

  test("an earlier request is asked by its name", async () => {
    const first = JSON.parse((await admin("forget ben --erase dead --json --wait")).out) as { request: string };
    const { exit, out } = await admin(`forget --request ${first.request} --json`);
    expect([exit, JSON.parse(out)]).toEqual([0, first]);
    const unknown = await admin("forget --request no-such");
    expect([unknown.exit, unknown.err]).toEqual([1, expect.stringContaining("NO_SUCH_REQUEST")]);
  });

  test("somebody whom nobody knows is a finding, and is forgotten all the same", async () => {
    const { exit, out } = await admin("forget nobody --wait");
    expect([exit, out]).toEqual([1, expect.stringContaining("nobody was known by this id")]);
    expect(out).toContain(": done");
  });

  test("that fails is a failure with its reason; the engine tries again by itself", async () => {
    refusals = 1;
    const { exit, err, out } = await admin("forget cleo --erase output --wait");
    expect([exit, err]).toEqual([1, expect.stringMatching(/FORGET_FAILED: .*the broker refuses.*tries again by itself/)]);
    const request = /request (\S+)/.exec(out)?.[1] ?? "";
    const again = await admin(`forget --request ${request} --wait`);
    expect([again.exit, again.out]).toEqual([1, expect.stringContaining("not all is erased")]);
  });

  test("without the token, or with another, is refused and says whose it is", async () => {
    for (const more of [[], ["--set", "http.admin_token=another"]]) {
      const { exit, err } = await run("forget dora", { more: ["--http", http.url.replace("http://", ""), ...more] });
      expect([exit, err]).toEqual([2, expect.stringMatching(/NOT_ALLOWED: .*admin token.*TIDEMARK_HTTP_ADMIN_TOKEN/)]);
    }
    expect(await story.engine.contact({ kind: "user", id: "dora" })).toBeDefined();
  });

  test("without an engine says where it was looked for", async () => {
    for (const args of ["forget ana --wait", "export ana"]) {
      const { exit, err } = await run(args, { more: ["--http", "127.0.0.1:1"] });
      expect([exit, err]).toEqual([1, expect.stringMatching(/ENGINE_UNREACHABLE: no answer from http:\/\/127\.0\.0\.1:1/)]);
    }
  });

  test("what is misspelled is a misuse, and nobody is asked", async () => {
    for (const [args, said] of [
      ["forget ana --erase tape", "log,output,dead"],
      ["forget ana --kind staff", "user or anonymous"],
      ["forget", "name a contact"],
      ["forget ana --request r", "name a contact"],
      ["export", "contact"],
    ] as const) {
      const { exit, err } = await run(args, { more: ["--http", "127.0.0.1:1"] });
      expect([exit, err], args).toEqual([2, expect.stringContaining(said)]);
    }
  });
});
