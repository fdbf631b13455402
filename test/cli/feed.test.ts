import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { packRecord } from "../../src/app/settings.ts";
import { logSubjects } from "../../src/model/log.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import type { PackDefinition } from "../../src/packs/definition.ts";
import { useNatsServer } from "../support/nats-server.ts";
import { packFrom } from "../support/pack.ts";
import { lines, run } from "./command-line.ts";

const server = useNatsServer();
let shards = 0;

/** A log as `run` begins it: settings first, and a pack where there is one. */
async function begin(clock = "event", pack?: PackDefinition): Promise<string> {
  const shard = `feed${++shards}`;
  const broker = await connectBroker({ url: server().url, name: "test" });
  await ensureLogStream(broker, shard, { publicAlias: false });
  const log = new JetStreamLog(broker, shard);
  await log.append(logSubjects(shard).settings, Buffer.from(JSON.stringify({ clock, created: "2026-01-01T00:00:00Z", shard })));
  if (pack !== undefined) await log.append(logSubjects(shard).pack(pack.name), Buffer.from(packRecord(pack)));
  await broker.close();
  return shard;
}

const at = (shard: string): string => `--nats ${server().url} --shard ${shard}`;
const dumped = async (shard: string, options = "") => lines((await run(`log dump ${at(shard)} ${options}`)).out).map((line) => JSON.parse(line));
const text = (message: { data: string }): string => Buffer.from(message.data, "base64").toString();

const five = Array.from({ length: 5 }, (_, i) => JSON.stringify({ type: "track", userId: `u${i}` }));
const fileOf = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), "tidemark-feed-")), "events.ndjson");
  writeFileSync(path, content);
  return path;
};

describe("what is sent", () => {
  test("one event a message, in the order of the file, byte for byte", async () => {
    const shard = await begin();
    const { exit, out } = await run(`feed ${fileOf(`${five.join("\n")}\n`)} ${at(shard)}`);
    expect(exit).toBe(0);
    expect(out).toMatch(new RegExp(`^5 events in 5 messages to shard ${shard} in .* s \\(\\d+ a second\\); last position 6\n$`));
    const [, ...events] = await dumped(shard);
    expect(events.map(text)).toEqual(five);
    expect(events[0]).toMatchObject({ seq: 2, subject: `tidemark.log.${shard}.event.feed`, headers: { "Content-Type": "application/json" } });
  });

  test("N events a message as a JSON array, the last one shorter, from stdin too", async () => {
    const shard = await begin();
    const { out } = await run(`feed - --batch 2 --json ${at(shard)}`, { stdin: five.join("\n") });
    expect(JSON.parse(out)).toMatchObject({ events: 5, messages: 3, lastPosition: 4, repeated: 0, until: null, stopped: false });
    expect((await dumped(shard, "--from 2")).map((message) => JSON.parse(text(message)).length)).toEqual([2, 2, 1]);
  });

  test("a message that would grow too large is sent earlier", async () => {
    const shard = await begin();
    const large = Array.from({ length: 30 }, (_, i) => JSON.stringify({ userId: `u${i}`, pad: "x".repeat(60_000) })).join("\n");
    const { out } = await run(`feed - --batch 1000 --json ${at(shard)}`, { stdin: large });
    const { events, messages } = JSON.parse(out);
    expect([events, messages]).toEqual([30, 4]);
  });

  test("--until moves log time on by a record behind the events", async () => {
    const shard = await begin();
    await run(`feed - --until 2026-12-31 ${at(shard)}`, { stdin: "{}" });
    const record = (await dumped(shard)).at(-1);
    expect([record.subject, JSON.parse(text(record))]).toEqual([logSubjects(shard).advance, { type: "advance", to: "2026-12-31T00:00:00.000Z" }]);
  });
});

describe("--broadcast", () => {
  const PACK = packFrom(`pack: p
version: 3
events: { form: Form }
triggers:
  news: { broadcast: true, channel: email, message: m }
  hello: { event: form, channel: email, message: m }
`);

  test("sends for a trigger, behind the events where there are some", async () => {
    const shard = await begin("event", PACK);
    const { exit, out } = await run(`feed --broadcast p/news --broadcast-id spring ${at(shard)}`);
    expect([exit, out]).toEqual([0, `shard ${shard}; sent for p/news/spring\n`]);
    await run(`feed - --broadcast p/news --json ${at(shard)}`, { stdin: "{}" });
    const records = (await dumped(shard)).filter(({ subject }) => subject === logSubjects(shard).broadcast).map((record) => JSON.parse(text(record)));
    expect(records[0]).toEqual({ type: "broadcast", pack: "p", trigger: "news", id: "spring" });
    expect(records[1].id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["p/hello", 'pack p, version 3, has no trigger "hello" with `broadcast: true` (the pack has news): nothing was sent'],
    ["p/nwes", 'pack p, version 3, has no trigger "nwes" with `broadcast: true` (the pack has news): nothing was sent'],
    ["q/news", 'no pack "q" is live on shard'],
  ])("%s is refused before anything is sent: nobody would be told", async (asked, words) => {
    const shard = await begin("event", PACK);
    const { exit, err } = await run(`feed - --broadcast ${asked} ${at(shard)}`, { stdin: "{}" });
    expect([exit, err]).toEqual([2, expect.stringContaining(words)]);
    expect(await dumped(shard)).toHaveLength(2);
  });

  test("is refused on a shard that was not begun", async () => {
    const { exit, err } = await run(`feed --broadcast p/news ${at("nobody")}`);
    expect([exit, err.includes('shard "nobody" has no log on')]).toEqual([2, true]);
  });
});

describe("--backfill", () => {
  test("marks every event as history, and says behind them that it ends", async () => {
    const shard = await begin();
    const { exit, out } = await run(`feed - --batch 2 --backfill --until 2026-12-31 ${at(shard)}`, { stdin: '{"a":1}\n{"context":{"b":2}}\n{}' });
    expect([exit, out.split("; ").slice(1)]).toEqual([0, ["last position 3", "history ends here", "log time moved on to 2026-12-31T00:00:00.000Z\n"]]);
    const [, first, second, end, advance] = await dumped(shard);
    const told = { tidemark: { backfill: true } };
    expect(JSON.parse(text(first))).toEqual([{ a: 1, context: told }, { context: { b: 2, ...told } }]);
    expect(JSON.parse(text(second))).toEqual([{ context: told }]);
    expect([end.subject, text(end)]).toEqual([logSubjects(shard).history, '{"type":"history"}']);
    expect(advance.subject).toBe(logSubjects(shard).advance);
  });

  test("leaves its end to somebody else with --more-to-come, who says --end-history", async () => {
    const shard = await begin();
    const first = JSON.parse((await run(`feed - --backfill --more-to-come --json ${at(shard)}`, { stdin: "{}" })).out);
    expect([first.historyEnded, (await dumped(shard)).length]).toEqual([false, 2]);
    const last = JSON.parse((await run(`feed --end-history --json ${at(shard)}`)).out);
    expect([last.historyEnded, last.events, (await dumped(shard)).at(-1).subject]).toEqual([true, 0, logSubjects(shard).history]);
  });
});

describe("what is refused", () => {
  test.each(["{a", "5", "null", '"text"'])("a line that is no JSON object (%s) stops it, with its number and what was sent", async (bad) => {
    const shard = await begin();
    const { exit, err } = await run(`feed - --batch 10 ${at(shard)}`, { stdin: `{}\n\n{}\n${bad}\n{}\n` });
    expect(exit).toBe(2);
    expect(err).toBe(`tidemark: USAGE: stdin:4: not a JSON object: ${bad}; the 2 events before it were sent. See \`tidemark <command> --help\`.\n`);
    expect((await dumped(shard, "--from 2")).map(text)).toEqual(["[{},{}]"]);
  });

  test.each([
    ["", "nothing was sent"],
    ["{}\n", "the event before it was sent"],
  ])("behind %j it says so of so few, too", async (before, said) => {
    const { err } = await run(`feed - ${at(await begin())}`, { stdin: `${before}{a\n` });
    expect(err).toContain(`not a JSON object: {a; ${said}. See`);
  });

  test.each([
    ['[{"type":"page"}]\n', "it takes an event a line, and this begins a list: `jq -c '.[]' FILE | tidemark feed -`"],
    ["[\n  {}\n]\n", "it takes an event a line, and this begins a list: `jq -c '.[]' FILE | tidemark feed -`"],
    ['{\n  "type": "page"\n}\n', "it takes an event a line, and this one goes over several: `jq -c . FILE | tidemark feed -`"],
  ])("of another shape of file (%j) it says how to feed it", async (stdin, cure) => {
    expect((await run(`feed - ${at(await begin())}`, { stdin })).err).toContain(`; nothing was sent; ${cure}. See`);
  });

  test("a compressed file is said to be one, and is not written to the terminal", async () => {
    const file = fileOf("");
    writeFileSync(file, gzipSync(five.join("\n")));
    const { err } = await run(`feed ${file} ${at(await begin())}`);
    expect(err).toContain(`it is compressed: \`zcat ${file} | tidemark feed -\``);
    expect(err.trimEnd()).toMatch(/^\P{Cc}+$/u);
  });

  test("a shard that was not begun, with what begins it", async () => {
    const { exit, err } = await run(`feed - ${at("nobody")}`, { stdin: "{}" });
    expect(exit).toBe(2);
    expect(err).toContain('shard "nobody" has no log on');
    expect(err).toContain("start `tidemark run --shard nobody` once");
  });

  test("--until on a log with the stored clock", async () => {
    const shard = await begin("stored");
    const { exit, err } = await run(`feed - --until 2026-12-31 ${at(shard)}`, { stdin: "{}" });
    expect([exit, err.split(".")[0]]).toEqual([2, `tidemark: USAGE: --until needs a log with the event clock; shard "${shard}" has the stored clock`]);
  });

  test.each([
    ["feed --backfill", "--backfill says what the events of a file are"],
    ["feed - --more-to-come", "--more-to-come goes with --backfill"],
    ["feed - --backfill --more-to-come --end-history", "--more-to-come and --end-history say the opposite"],
    ["feed - --batch 0", '--batch is "0"'],
    ["feed - --subject a.>", '--subject "a.>" is no subject to publish on'],
    ["feed", "feed needs a file of events, - for stdin, --broadcast or --end-history"],
    ["feed --broadcast news", '--broadcast "news" is not of the form pack/trigger'],
    ["feed - --broadcast-id x", "--broadcast-id names a broadcast"],
    ["feed --broadcast p/t --broadcast-id a/b", "--broadcast-id is up to 64 letters"],
    ["feed /nowhere/events.ndjson", "FILE_UNREADABLE: /nowhere/events.ndjson cannot be read (ENOENT)"],
    ["feed /", "FILE_UNREADABLE: / cannot be read (EISDIR)"],
  ])("%s", async (args, message) => {
    const { exit, err } = await run(args);
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(lines(err)).toHaveLength(1);
  });

  test("a broker that is not there is a finding, not a misuse", async () => {
    const { exit, err } = await run("feed - --nats nats://127.0.0.1:1", { stdin: "{}" });
    expect(exit).toBe(1);
    expect(err).toContain("tidemark: BROKER_UNREACHABLE: ");
  });
});

describe("log dump", () => {
  test("a part of it, by position", async () => {
    const shard = await begin();
    await run(`feed - ${at(shard)}`, { stdin: five.join("\n") });
    expect((await dumped(shard, "--from 3 --to 4")).map((message) => message.seq)).toEqual([3, 4]);
    expect((await dumped(shard, "--from 5 --to 99")).map((message) => message.seq)).toEqual([5, 6]);
    expect(await dumped(shard, "--from 7")).toEqual([]);
  });

  test("messages that were deleted at the end do not keep it waiting", async () => {
    const shard = await begin();
    await run(`feed - ${at(shard)}`, { stdin: five.join("\n") });
    const broker = await connectBroker({ url: server().url, name: "test" });
    await broker.jsm.streams.deleteMessage(logSubjects(shard).stream, 6);
    await broker.close();
    expect((await dumped(shard)).map((message) => message.seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("a position that is gone, and a shard that is not there, are said so", async () => {
    const shard = await begin();
    await run(`feed - ${at(shard)}`, { stdin: five.join("\n") });
    const broker = await connectBroker({ url: server().url, name: "test" });
    await broker.jsm.streams.purge(logSubjects(shard).stream, { seq: 4 });
    await broker.close();
    expect((await dumped(shard)).map((message) => message.seq)).toEqual([4, 5, 6]);
    expect((await run(`log dump --from 2 ${at(shard)}`)).err).toContain(`INPUT_LOST: TIDEMARK_LOG_${shard} begins at 4; position 2 is gone`);
    expect(await run(`log dump ${at("nobody")}`)).toMatchObject({ exit: 2, out: "" });
  });
});
