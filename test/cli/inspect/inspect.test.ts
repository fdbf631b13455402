import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openGeneration } from "../../../src/cli/inspect/generation.ts";
import { soundPartitions } from "../../../src/cli/inspect/restore.ts";
import { partitionOf } from "../../../src/model/partition-of.ts";
import { type MemoryEngine, type MemoryEngineOptions, startMemoryEngine } from "../../app/memory-engine.ts";
import { lines, run } from "../command-line.ts";

const PEOPLE = Array.from({ length: 40 }, (_, i) => `c${i}`);

/** Two generations: 40 contacts hit once, then ana three times and c1 once more. */
async function twoGenerations(later?: MemoryEngineOptions["later"]): Promise<MemoryEngine> {
  const story = await startMemoryEngine(later === undefined ? {} : { later });
  await story.hit(PEOPLE);
  await story.engine.checkpoint();
  await story.hit(["ana", "ana", "ana", "c1"]);
  await story.engine.checkpoint();
  return story;
}

// One engine for the whole file: it runs, and nobody here may change its folder.
let story: MemoryEngine;
const undo: (() => void | Promise<void>)[] = [];
beforeAll(async () => {
  story = await twoGenerations((step) => undo.push(step));
}, 30_000);
afterAll(async () => {
  for (const step of undo) await step();
});

const inspect = (folder: string, ...more: string[]) => run("inspect", { more: [folder, ...more] });
const json = async (folder: string, ...more: string[]) => {
  const { exit, out } = await inspect(folder, "--json", ...more);
  return { exit, found: JSON.parse(out) };
};

/** A copy that no engine writes into. */
function copyOf(folder: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), "tidemark-inspect-")), "0");
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  mkdirSync(copy);
  for (const name of readdirSync(folder)) if (name.startsWith("checkpoint-")) cpSync(join(folder, name), join(copy, name), { recursive: true });
  return copy;
}

const fileOf = (folder: string, generation: number, partition: number): string =>
  join(folder, `checkpoint-${String(generation).padStart(9, "0")}`, `partition-${String(partition).padStart(2, "0")}.bin`);

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** All that is in a folder, to see that nothing is touched. */
const listing = (folder: string): readonly string[] => (readdirSync(folder, { recursive: true }) as string[]).sort();

describe("the overview", () => {
  test("shows the generations and what they hold, while the engine runs, and touches nothing", async () => {
    const { folder, engine } = story;
    const before = listing(folder);
    const { exit, found } = await json(folder);
    expect(exit).toBe(0);
    expect(found.generations).toMatchObject([
      {
        generation: 2,
        state: "finished",
        position: engine.status().checkpoint?.position,
        logTime: "2026-01-05T00:00:44.000Z",
        engine: "0.1.0",
        packs: [{ name: "counting", version: 1 }],
        contacts: 41,
        duplicatesReachMs: 86_400_000,
        counters: { events: 44, "outcome.applied": 44 },
        damage: [],
      },
      { generation: 1, state: "finished", logTime: "2026-01-05T00:00:40.000Z", contacts: 40 },
    ]);
    const { partitions } = found.generations[0] as { partitions: { partition: number; contacts: number }[] };
    expect(partitions).toHaveLength(64);
    const everybody = [...PEOPLE, "ana"];
    for (const { partition, contacts } of partitions) expect(contacts).toBe(everybody.filter((id) => partitionOf(id) === partition).length);
    expect(listing(folder)).toEqual(before);
  });

  test("as text: a line for each generation, and more of the newest", async () => {
    const { folder, state } = story;
    const { exit, out } = await run(`inspect --state ${state}`);
    expect([exit, (await inspect(folder)).out]).toEqual([0, out]);
    expect(out).toMatch(/^2 +46 +2026-01-05T00:00:44.000Z .* 41$/m);
    expect(out).toMatch(/^1 +42 +2026-01-05T00:00:40.000Z .* 40$/m);
    expect(out).toMatch(/packs +counting version 1$/m);
    expect(out).toContain("surely remembered for 24 h");
  });

  test("a generation that was never finished is named, and is no damage", async () => {
    const copy = copyOf(story.folder);
    rmSync(join(copy, "checkpoint-000000002", "manifest.json"));
    const { exit, found } = await json(copy);
    expect([exit, found.generations[0]]).toMatchObject([0, { generation: 2, state: "unfinished" }]);
    expect(await json(copy, "--verify")).toMatchObject({ exit: 0, found: { ok: true, generations: [{ state: "unfinished" }, { state: "good" }] } });
    expect(JSON.parse((await inspect(copy, "--contact", "c1", "--json")).out)).toMatchObject({ packs: { counting: { measures: { hits: 1 } } } });
  });

  test("a folder without checkpoints is an answer; one that is none, or is not there, is a slip", async () => {
    const empty = mkdtempSync(join(tmpdir(), "tidemark-inspect-"));
    expect(await inspect(empty)).toMatchObject({ exit: 0, out: expect.stringContaining("holds no checkpoint") });
    expect(await inspect(empty, "--export")).toMatchObject({ exit: 2, err: expect.stringContaining("holds no finished checkpoint") });
    expect(await inspect(join(empty, "nowhere"))).toMatchObject({ exit: 2, err: expect.stringMatching(/^tidemark: FILE_UNREADABLE: .*nowhere.*\n$/) });
    expect(existsSync(join(empty, "nowhere"))).toBe(false);
    expect(await inspect(import.meta.filename)).toMatchObject({ exit: 2, err: expect.stringContaining("ENOTDIR") });
  });

  test("the folder above is told from a shard's", async () => {
    const { state } = story;
    expect(await inspect(state)).toMatchObject({ exit: 2, err: expect.stringContaining(`holds the state of shard 0: name ${join(state, "0")}`) });
  });
});

describe("--verify", () => {
  test("says good of what is good", async () => {
    const { folder } = story;
    const { exit, out } = await inspect(folder, "--verify");
    expect(exit).toBe(0);
    expect(lines(out)).toEqual([
      expect.stringMatching(/^generation 2 of position 46: good; 64 partitions restored, 41 contacts, /),
      expect.stringMatching(/^generation 1 of position 42: good; 64 partitions restored, 40 contacts, /),
    ]);
  });

  test.each([
    ["a bit that changed", (file: string) => flip(file, 300), /partition-07\.bin: .*damaged/],
    ["a file that is shorter", (file: string) => truncateSync(file, 200), /partition-07\.bin: it has 200 bytes/],
    ["a file that is gone", (file: string) => rmSync(file), /partition-07\.bin: it is missing/],
  ])("finds %s, in one generation only", async (_, harm, problem) => {
    const copy = copyOf(story.folder);
    harm(fileOf(copy, 2, 7));
    const { exit, found } = await json(copy, "--verify");
    expect([exit, found.ok]).toEqual([1, false]);
    expect(found.generations).toMatchObject([
      { generation: 2, state: "damaged", partitions: 63, problems: [expect.stringMatching(problem)] },
      { generation: 1, state: "good", problems: [] },
    ]);
    expect(await inspect(copy)).toMatchObject({ exit: 1, out: expect.stringContaining("partition-07.bin") });
    expect(await inspect(copy, "--verify", "--generation", "1")).toMatchObject({ exit: 0 });
  });

  test("finds a partition that is sound and does not belong there", async () => {
    const copy = copyOf(story.folder);
    cpSync(fileOf(copy, 1, 7), fileOf(copy, 2, 7));
    const { exit, found } = await json(copy, "--verify", "--generation", "2");
    expect([exit, found.generations[0].problems]).toEqual([1, ["partition-07.bin: it is not the file that the manifest names"]]);
  });

  test("finds a manifest that was changed", async () => {
    const copy = copyOf(story.folder);
    flip(join(copy, "checkpoint-000000002", "manifest.json"), 40);
    expect(await json(copy, "--verify")).toMatchObject({
      exit: 1,
      found: { generations: [{ state: "damaged", problems: [expect.stringContaining("manifest.json")] }, { state: "good" }] },
    });
  });
});

describe("--compare", () => {
  test("names the contacts that differ, and in what, as of one moment", async () => {
    const { folder } = story;
    const { exit, found } = await json(folder, "--compare", "1", "2");
    expect(exit).toBe(1);
    expect(found).toMatchObject({ ok: false, asOf: "2026-01-05T00:00:44.000Z", both: 40, differ: 1, onlyA: 0, onlyB: 1 });
    const c1 = found.contacts.find(({ id }: { id: string }) => id === "c1");
    expect(c1).toMatchObject({ kind: "user", in: "both" });
    // The others' heat has decayed between the two: that is no difference.
    expect(c1.fields).toContainEqual({ field: "packs.counting.measures.hits", a: 1, b: 2 });
    expect(c1.fields).toContainEqual({ field: "packs.counting.stage.name", a: "cold", b: "hot" });
    expect(found.contacts).toContainEqual({ kind: "user", id: "ana", in: "b" });
    expect(found.fields["packs.counting.measures.hits"]).toBe(1);
  });

  test("as text, with a limit", async () => {
    const { folder } = story;
    const { exit, out } = await run("inspect", { more: [folder, "--compare", "1", "2", "--limit", "1"] });
    expect(exit).toBe(1);
    expect(out).toContain("… 1 more (--limit)");
    expect(out).toContain("1 of 40 contacts differ as of 2026-01-05T00:00:44.000Z, 0 are only in a, 1 only in b");
  });

  test("two folders that were computed from the same log are equal", async () => {
    const [one, other] = [story, await twoGenerations()];
    const { exit, out } = await run("inspect", { more: ["--compare", one.folder, join(other.folder, "checkpoint-000000002")] });
    expect(out).toContain("0 of 41 contacts differ");
    expect(exit).toBe(0);
  });

  test("damage stops it", async () => {
    const copy = copyOf(story.folder);
    flip(fileOf(copy, 2, 7), 300);
    expect(await inspect(copy, "--compare", "1", "2")).toMatchObject({ exit: 1, err: expect.stringContaining("STATE_DAMAGED") });
  });
});

describe("contacts", () => {
  test("--export gives every contact, as the engine does at that position", async () => {
    const { folder, engine } = story;
    const { exit, out } = await inspect(folder, "--export");
    expect(exit).toBe(0);
    const contacts = lines(out).map((line) => JSON.parse(line));
    expect(contacts.map(({ contact }) => contact.id).sort()).toEqual([...PEOPLE, "ana"].sort());
    for (const exported of contacts) expect(exported).toEqual(await engine.contact(exported.contact));
    const older = lines((await inspect(folder, "--export", "--generation", "1")).out);
    expect(older).toHaveLength(40);
  });

  test("--contact gives one, and says so where there is none", async () => {
    const { folder, engine } = story;
    const { exit, out } = await inspect(folder, "--contact", "ana");
    expect([exit, JSON.parse(out)]).toEqual([0, await engine.contact({ kind: "user", id: "ana" })]);
    expect(await inspect(folder, "--contact", "ana", "--generation", "1")).toMatchObject({
      exit: 1,
      out: "",
      err: expect.stringContaining('no contact with the user id "ana"'),
    });
    expect(await inspect(folder, "--contact", "ana", "--kind", "anonymous")).toMatchObject({ exit: 1, out: "", err: expect.stringContaining("--kind user") });
  });

  test("damage elsewhere does not hide a contact; damage in its partition is said", async () => {
    const copy = copyOf(story.folder);
    flip(fileOf(copy, 2, partitionOf("ana")), 300);
    const other = PEOPLE.find((id) => partitionOf(id) !== partitionOf("ana")) ?? "";
    expect((await inspect(copy, "--contact", other)).exit).toBe(0);
    expect(await inspect(copy, "--contact", "ana")).toMatchObject({ exit: 1, err: expect.stringContaining("STATE_DAMAGED") });
    expect((await inspect(copy, "--export")).exit).toBe(1);
  });
});

test.each([
  [["--verify", "--export"], "exclude each other"],
  [["--compare", "1"], "takes two generations"],
  [["--compare", "1", "2", "3"], "takes two generations"],
  [["--generation", "x"], "it must be a whole number from 1"],
  [["--generation", "9"], "holds no checkpoint 9"],
  [["--contact", "ana", "--kind", "person"], "user or anonymous"],
  [["--kind", "user"], "goes with --contact"],
  [["--limit", "5"], "goes with --compare"],
])("%s is one line and exit 2", async (args, complaint) => {
  const { folder } = story;
  const { exit, out, err } = await inspect(folder, ...args);
  expect([exit, out]).toEqual([2, ""]);
  expect(lines(err)).toEqual([expect.stringContaining(complaint)]);
});

test("how far back message ids are remembered is what the engine says", async () => {
  const full = await startMemoryEngine({ set: { "duplicates.capacity": "16" } });
  for (let i = 0; i < 30; i++) await full.hit(["ana"], { messageId: `m${i}` });
  await full.hit(["bob"]);
  await full.engine.checkpoint();
  const { found } = await json(full.folder);
  expect(found.generations[0].duplicatesReachMs).toBe(16_000);
  expect(full.engine.status().duplicatesReachMs).toBe(16_000);
});

test("a generation that the engine removes while it is read can be read to its end", async () => {
  const copy = copyOf(story.folder);
  const opened = await openGeneration({ folder: copy, generation: 1 });
  rmSync(join(copy, "checkpoint-000000001"), { recursive: true });
  const contacts: string[] = [];
  for await (const { partition, fold } of soundPartitions(opened)) contacts.push(...fold.contacts(partition));
  await opened.close();
  expect(contacts).toHaveLength(40);
  await expect(openGeneration({ folder: copy, generation: 1 })).rejects.toMatchObject({ code: "USAGE" });
});
