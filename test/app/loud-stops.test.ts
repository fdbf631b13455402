// Each loud stop of the catalogue on a running engine: what it says is safe is safe, and the ways on that it names lead on.

import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MemoryOutput } from "../../src/flow/memory-output.ts";
import { epochMs, outputSequence, position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { type MemoryEngine, type MemoryEngineOptions, startMemoryEngine } from "./memory-engine.ts";

/** Hit twice each: cold, then hot. */
const begin = async (set: MemoryEngineOptions["set"] = {}): Promise<MemoryEngine> => {
  const story = await startMemoryEngine({ set });
  await story.hit(["ana", "bob", "ana", "bob"]);
  return story;
};

const effects = (output: MemoryOutput): readonly string[] =>
  output.messages.filter(({ subject }) => !subject.startsWith("tidemark.epoch.")).map(({ identity }) => identity);
const contact = ({ engine }: MemoryEngine, id: string) => engine.contact({ kind: "user", id });
const hits = (count: number) => ({ packs: { counting: { measures: { hits: count } } } });
const moveAway = ({ folder }: MemoryEngine, suffix = "old"): void => renameSync(folder, `${folder}.${suffix}`);

/** Each file of the checkpoints with its bytes. */
function checkpoints(folder: string): Readonly<Record<string, string>> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.includes("partition-") || name.endsWith("manifest.json"));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
}

test("STATE_DAMAGED: with the folder moved away, a copy or the log brings everything back, and nothing is sent twice", async () => {
  const from = await begin();
  await from.engine.stop();
  const sent = effects(from.output);
  expect(sent.length).toBeGreaterThan(0);
  cpSync(from.folder, `${from.folder}.backup`, { recursive: true });
  for (const name of readdirSync(from.folder, { recursive: true }) as string[])
    if (name.endsWith("partition-03.bin")) writeFileSync(join(from.folder, name), "nothing of the kind");
  await expect(startMemoryEngine({ from })).rejects.toMatchObject({ code: "STATE_DAMAGED" });
  expect(effects(from.output)).toEqual(sent);

  moveAway(from, "damaged");
  const rebuilt = await startMemoryEngine({ from });
  await rebuilt.hit(["ana"]);
  expect(await contact(rebuilt, "ana")).toMatchObject(hits(3));
  expect(effects(from.output)).toEqual(sent);
  await rebuilt.engine.stop();

  moveAway(from);
  cpSync(`${from.folder}.backup`, from.folder, { recursive: true });
  const restored = await startMemoryEngine({ from });
  await restored.hit(["bob"]);
  expect([await contact(restored, "ana"), await contact(restored, "bob")]).toMatchObject([hits(3), hits(3)]);
  expect(effects(from.output)).toEqual(sent);
});

test("LOG_CHANGED: nothing is touched, and starting over gives what this log holds", async () => {
  const from = await begin();
  await from.engine.stop();
  const before = checkpoints(from.folder);
  from.log.loseTail(position((await from.log.state()).last - 1));
  await expect(startMemoryEngine({ from })).rejects.toMatchObject({ code: "LOG_CHANGED", message: expect.stringContaining("Nothing was taken from this log") });
  expect(checkpoints(from.folder)).toEqual(before);

  moveAway(from);
  const anew = await startMemoryEngine({ from, output: new MemoryOutput() });
  await anew.hit(["cleo"]);
  expect([await contact(anew, "ana"), await contact(anew, "bob")]).toMatchObject([hits(2), hits(1)]);
});

test("OUTPUT_DIFFERS: nothing more is published, and publishing anew gives every effect the id that it had", async () => {
  const from = await begin();
  await from.engine.stop();
  const sent = effects(from.output);
  from.output.loseTail(outputSequence(2));
  const left = effects(from.output);
  await expect(startMemoryEngine({ from })).rejects.toMatchObject({ code: "OUTPUT_DIFFERS" });
  expect(effects(from.output)).toEqual(left);

  moveAway(from);
  const anew = await startMemoryEngine({ from, output: new MemoryOutput() });
  await anew.hit(["ana"]);
  expect(effects(anew.output)).toEqual(sent);
});

test.each([
  ["assume-sent", 0],
  ["send-again", 1],
] as const)("OUTPUT_UNREADABLE: --%s goes on", async (unreadable, again) => {
  const from = await begin();
  await from.engine.checkpoint();
  await from.hit(["cleo"]);
  const sent = effects(from.output);
  const { folder } = from;
  cpSync(folder, `${folder}.backup`, { recursive: true });
  await from.engine.stop();
  moveAway(from);
  cpSync(`${folder}.backup`, folder, { recursive: true });
  from.output.remove((await from.output.state()).last);
  const left = effects(from.output);
  await expect(startMemoryEngine({ from })).rejects.toMatchObject({
    code: "OUTPUT_UNREADABLE",
    message: expect.stringContaining("Nothing was published by this start"),
  });
  expect(effects(from.output)).toEqual(left);

  const next = await startMemoryEngine({ from, unreadable });
  await next.hit(["ana"]);
  expect(effects(from.output).filter((identity) => identity === sent.at(-1))).toHaveLength(again);
});

test("CLOCK_AHEAD: the message is not applied, and the engine goes on without it, or once this machine's clock is right", async () => {
  const set = { clock: "stored" };
  const from = await begin(set);
  const event = { type: "track", event: "Hit", userId: "ana", timestamp: new Date(from.clock.now).toISOString() };
  const ahead = {
    subject: `${logSubjects("0").event}.test`,
    contentType: "",
    data: Buffer.from(JSON.stringify(event)),
    storedMs: epochMs(from.clock.now + 7_200_000),
  };
  const at = from.log.put(ahead);
  await expect(from.engine.ended).rejects.toMatchObject({ code: "CLOCK_AHEAD", message: expect.stringContaining(`position ${at}`) });

  from.log.remove(at);
  const without = await startMemoryEngine({ from, set });
  await without.hit(["bob"]);
  expect([await contact(without, "ana"), await contact(without, "bob")]).toMatchObject([hits(2), hits(3)]);
  from.log.put(ahead);
  await expect(without.engine.ended).rejects.toMatchObject({ code: "CLOCK_AHEAD" });

  from.clock.now += 7_200_000;
  const right = await startMemoryEngine({ from, set });
  await right.hit(["bob"]);
  expect([await contact(right, "ana"), await contact(right, "bob")]).toMatchObject([hits(3), hits(4)]);
});

test("INPUT_LOST: nothing from behind the gap is applied, and the checkpoint is as it was", async () => {
  const from = await begin();
  await from.engine.stop();
  const before = checkpoints(from.folder);
  const { last } = await from.log.state();
  for (let i = 0; i < 3; i++) await from.log.append(`${logSubjects("0").event}.test`, Buffer.from("{}"));
  from.log.purgeBelow(position(last + 3));
  await expect(startMemoryEngine({ from })).rejects.toMatchObject({ code: "INPUT_LOST", message: expect.stringMatching(/^input lost: 2 messages purged/) });
  expect(checkpoints(from.folder)).toEqual(before);
});

test("SETTINGS_DIFFER: the log's values go on", async () => {
  const from = await begin();
  await from.engine.stop();
  const sent = effects(from.output);
  const started = startMemoryEngine({ from, set: { "time.grain_ms": "250" } });
  await expect(started).rejects.toMatchObject({
    code: "SETTINGS_DIFFER",
    message: expect.stringContaining("time.grain_ms is 100 in the log and 250 in the configuration"),
  });
  expect(effects(from.output)).toEqual(sent);
  const same = await startMemoryEngine({ from, set: { "time.grain_ms": "100" } });
  await same.hit(["ana"]);
  expect(await contact(same, "ana")).toMatchObject(hits(3));
});

test("OWNER_LOST: what was published stands once, whichever of the two goes on", async () => {
  const old = await begin();
  const { log, output, clock } = old;
  const other = await startMemoryEngine({ from: { ...old, state: `${old.state}-other` } });
  const hot = async (by: MemoryEngine, id: string) => by.hit([id, id]);
  await Promise.all([hot(other, "cleo"), expect(old.engine.ended).rejects.toMatchObject({ code: "OWNER_LOST" })]);
  await other.engine.stop();
  const back = await startMemoryEngine({ from: { ...old, log, output, clock } });
  await hot(back, "dora");
  expect(new Set(effects(output)).size).toBe(effects(output).length);
  expect(await contact(back, "cleo")).toMatchObject(hits(2));
});
