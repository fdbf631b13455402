import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Checkpoint, type CheckpointContent, CheckpointStore } from "../../src/flow/checkpoint.ts";
import { diskFiles } from "../../src/flow/checkpoint-files.ts";
import { PAGE_BYTES } from "../../src/flow/checkpoint-pages.ts";
import { epochMs, outputSequence, position } from "../../src/model/ids.ts";
import { BrokenFiles, PowerLost } from "./broken-files.ts";
import { random } from "./seeded.ts";

const FOLDER = "/var/state";

/** A content that is recognizable in each of its parts. */
function content(at: number, partitions = 3, bytes = 100): CheckpointContent {
  return {
    engine: "1.0.0",
    shard: "t",
    createdAt: "2026-11-22T00:00:00.000Z",
    log: { stream: "TIDEMARK_LOG_t", createdMs: epochMs(1), position: position(at), fingerprint: { storedMs: epochMs(at * 10), sha256: `sha-${at}` } },
    output: { stream: "TIDEMARK_OUT_t", createdMs: epochMs(2), sequence: outputSequence(at * 2), identity: `t-${at}-0-0`, engine: "1.0.0" },
    logTimeMs: at * 1000,
    records: [`settings ${at}`, `pack ${at}`],
    counters: { events: at, applied: at - 1 },
    partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, bytes: new Uint8Array(bytes + partition).fill(at + partition) })),
  };
}

function expectIs(checkpoint: Checkpoint | null, expected: CheckpointContent): void {
  const { partitions, ...manifest } = expected;
  expect(checkpoint?.manifest).toMatchObject(manifest);
  expect(checkpoint?.partitions.map(({ partition, bytes }) => ({ partition, bytes: [...bytes] }))).toEqual(
    partitions.map(({ partition, bytes }) => ({ partition, bytes: [...bytes] })),
  );
}

async function onDisk(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-checkpoint-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("on a disk", () => {
  it("gives back what was written, also to another process", async () => {
    const folder = await onDisk();
    const store = await CheckpointStore.open(folder);
    expect(await store.latest()).toBeNull();
    const info = await store.write(content(7));
    expectIs(await (await CheckpointStore.open(folder)).latest(), content(7));
    expect(info).toMatchObject({ generation: 1, position: 7, engine: "1.0.0" });
  });

  it("holds partitions of any size, views into larger buffers among them, and gives them aligned", async () => {
    const store = await CheckpointStore.open(await onDisk());
    const source = new Uint8Array(5 * PAGE_BYTES).map((_, i) => (i * 31) % 251);
    const sizes = [0, 1, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES];
    const partitions = sizes.map((size, partition) => ({ partition, bytes: source.subarray(3, 3 + size) }));
    await store.write({ ...content(1), partitions });
    const read = await store.latest();
    expect(read?.partitions.every(({ partition, bytes }) => Buffer.compare(bytes, partitions[partition]?.bytes ?? bytes) === 0)).toBe(true);
    expect(read?.partitions.map(({ bytes }) => bytes.length)).toEqual(sizes);
    expect(read?.partitions.every(({ bytes }) => bytes.byteOffset % 64 === 0)).toBe(true);
  });

  it("keeps two generations and nothing else", async () => {
    const folder = await onDisk();
    const store = await CheckpointStore.open(folder);
    for (const at of [1, 2, 3, 4]) await store.write(content(at));
    expect((await readdir(folder)).sort()).toEqual(["checkpoint-000000003", "checkpoint-000000004"]);
    expect(await readdir(join(folder, "checkpoint-000000004"))).toEqual(["manifest.json", "partition-00.bin", "partition-01.bin", "partition-02.bin"]);
    expect(store.warnings).toEqual([]);
  });

  it("goes on from the generations that are there when it writes, not from those at its start", async () => {
    const folder = await onDisk();
    const early = await CheckpointStore.open(folder);
    await (await CheckpointStore.open(folder)).write(content(1));
    expect(await early.write(content(2))).toMatchObject({ generation: 2, position: 2 });
    expectIs(await early.latest(), content(2));
  });

  it("counts its bytes as the disk does", async () => {
    const folder = await onDisk();
    const info = await (await CheckpointStore.open(folder)).write(content(1, 5, 70_000));
    const generation = join(folder, "checkpoint-000000001");
    const files = (await readdir(generation)).filter((name) => name.endsWith(".bin"));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(generation, name))).size));
    expect(info.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it("has a manifest that a person can read", async () => {
    const folder = await onDisk();
    await (await CheckpointStore.open(folder)).write(content(7));
    const manifest = JSON.parse(await readFile(join(folder, "checkpoint-000000001", "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ format: 1, engine: "1.0.0", shard: "t", log: { position: 7 }, output: { identity: "t-7-0-0" }, counters: { events: 7 } });
  });

  it("refuses a folder that is a file", async () => {
    const folder = await onDisk();
    await writeFile(join(folder, "file"), "");
    await expect(CheckpointStore.open(join(folder, "file"))).rejects.toEqual(code("FILE_UNREADABLE"));
  });

  it("leaves a partition's bytes alone", async () => {
    const store = await CheckpointStore.open(await onDisk(), diskFiles);
    const given = content(3);
    await store.write(given);
    expect(given.partitions[1]?.bytes).toEqual(content(3).partitions[1]?.bytes);
  });
});

/** Two generations, positions 1 and 2, on a disk in memory. */
async function twoGenerations(): Promise<{ files: BrokenFiles; store: CheckpointStore }> {
  const files = new BrokenFiles();
  const store = await CheckpointStore.open(FOLDER, files);
  await store.write(content(1));
  await store.write(content(2));
  return { files, store };
}

describe("damage", () => {
  const file = (generation: number, name: string) => `${FOLDER}/checkpoint-00000000${generation}/${name}`;
  const flip = (at: number) => (bytes: Uint8Array) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

  it("of any byte of a partition costs a generation and is reported", async () => {
    const size = (await (await twoGenerations()).files.read(file(2, "partition-01.bin"))).length;
    for (let at = 0; at < size; at++) {
      const { files, store } = await twoGenerations();
      files.damage(file(2, "partition-01.bin"), flip(at));
      expectIs(await store.latest(), content(1));
      expect(store.warnings).toEqual([expect.stringMatching(/checkpoint-000000002 is left out: partition-01.bin/)]);
    }
  });

  it("of any byte of the manifest costs a generation or changes nothing", async () => {
    const size = (await (await twoGenerations()).files.read(file(2, "manifest.json"))).length;
    for (let at = 0; at < size; at += 3) {
      const { files, store } = await twoGenerations();
      files.damage(file(2, "manifest.json"), flip(at));
      const latest = await store.latest();
      expectIs(latest, content(latest?.generation ?? 0));
      if (latest?.generation === 1) expect(store.warnings).toHaveLength(1);
    }
  });

  it.each([
    ["that is cut short", (bytes: Uint8Array) => bytes.slice(0, -5)],
    ["that is empty", () => new Uint8Array(0)],
    ["with zeros at its end", (bytes: Uint8Array) => bytes.fill(0, bytes.length - 40)],
  ])("a file %s costs a generation", async (_, change) => {
    const { files, store } = await twoGenerations();
    files.damage(file(2, "partition-02.bin"), change);
    expectIs(await store.latest(), content(1));
  });

  it("is noticed when two pages change places", async () => {
    const files = new BrokenFiles();
    const store = await CheckpointStore.open(FOLDER, files);
    await store.write(content(1));
    const bytes = new Uint8Array(2 * PAGE_BYTES).fill(1, 0, PAGE_BYTES).fill(2, PAGE_BYTES);
    await store.write({ ...content(2), partitions: [{ partition: 0, bytes }] });
    files.damage(file(2, "partition-00.bin"), (whole) => {
      const start = whole.indexOf(2) - PAGE_BYTES;
      return whole.fill(2, start, start + PAGE_BYTES).fill(1, start + PAGE_BYTES, start + 2 * PAGE_BYTES);
    });
    expectIs(await store.latest(), content(1));
  });

  it("is noticed when a file of another generation stands in", async () => {
    const { files, store } = await twoGenerations();
    const other = await files.read(file(1, "partition-00.bin"));
    files.damage(file(2, "partition-00.bin"), () => other);
    expectIs(await store.latest(), content(1));
    expect(store.warnings[0]).toMatch(/not the file that the manifest names/);
  });

  it("of all generations stops with STATE_DAMAGED, which names each", async () => {
    const { files, store } = await twoGenerations();
    files.damage(file(1, "partition-00.bin"), flip(200));
    await files.remove(file(2, "partition-02.bin"));
    await expect(store.latest()).rejects.toThrow(/checkpoint-000000002: partition-02.bin is missing; checkpoint-000000001: partition-00.bin/);
    await expect(store.latest()).rejects.toEqual(code("STATE_DAMAGED"));
  });

  it("keeps the good generation when the next one is written", async () => {
    const { files, store } = await twoGenerations();
    files.damage(file(2, "partition-01.bin"), flip(150));
    await store.latest();
    await store.write(content(3));
    files.damage(file(3, "partition-01.bin"), flip(150));
    expectIs(await store.latest(), content(1));
  });

  it("a format from the future is left out by name", async () => {
    const { files, store } = await twoGenerations();
    files.damage(file(2, "partition-00.bin"), (bytes) => bytes.fill(9, 4, 5));
    await store.latest();
    expect(store.warnings[0]).toMatch(/format is 9, and this engine knows 1/);
  });
});

describe("a disk that fails", () => {
  it("at any call while writing leaves the last checkpoint, says DISK_FAILED, and the next write succeeds when it is well again", async () => {
    const { files: healthy, store: measured } = await twoGenerations();
    const before = healthy.calls;
    await measured.write(content(3));
    const steps = healthy.calls - before;
    for (const fault of ["ENOSPC", "EIO"] as const) {
      for (let step = 1; step <= steps; step++) {
        const { files, store } = await twoGenerations();
        const at = files.calls + step;
        files.fault = (call) => (call === at ? fault : undefined);
        const outcome = await store.write(content(3)).catch((error: unknown) => error);
        files.fault = () => undefined;
        if (outcome instanceof Error) expect(outcome).toEqual(expect.objectContaining({ code: expect.stringMatching(/DISK_FAILED|FILE_UNREADABLE/) }));
        expectIs(await store.latest(), outcome instanceof Error ? content(2) : content(3));
        await store.write(content(4));
        expectIs(await (await CheckpointStore.open(FOLDER, files)).latest(), content(4));
      }
    }
  });

  // Bug that mattered (simulator, seed 62): an unfinished generation that could not be removed counted as one of the two to keep, so
  // only the newest was left, and damage to it stopped the service.
  it("that cannot remove what a write left unfinished still keeps two good generations", async () => {
    const { files, store } = await twoGenerations();
    await files.makeFolder(`${FOLDER}/checkpoint-000000003`);
    files.fault = (_, kind) => (kind === "rmdir" ? "EIO" : undefined);
    await store.write(content(4));
    files.damage(`${FOLDER}/checkpoint-000000004/partition-00.bin`, () => new Uint8Array(0));
    expectIs(await store.latest(), content(2));
  });

  // Bug that mattered (simulator, --people --seed 79): what a write had left unfinished could not be removed by the next, and whoever had
  // been forgotten in between was said to be gone while still lying there.
  it("says of before which position nothing is left, also where something could not be removed or be read", async () => {
    const { files, store } = await twoGenerations();
    expect(await store.oldestPosition()).toBe(1);
    files.fault = (_, kind) => (kind === "rmdir" ? "EIO" : undefined);
    await store.write(content(3));
    expect(await store.oldestPosition()).toBe(0);
    files.fault = () => undefined;
    await store.write(content(4));
    expect(await store.oldestPosition()).toBe(3);
    files.fault = (_, kind) => (kind === "readdir" ? "EIO" : undefined);
    expect(await store.oldestPosition()).toBe(0);
  });

  it("says nothing of a folder without checkpoints", async () => {
    const store = await CheckpointStore.open(await onDisk());
    expect(await store.oldestPosition()).toBe(0);
  });

  it("does not use a file again whose sync failed", async () => {
    const { files, store } = await twoGenerations();
    files.fault = (_, kind) => (kind === "fsync" ? "EIO" : undefined);
    await expect(store.write(content(3))).rejects.toEqual(code("DISK_FAILED"));
    files.fault = () => undefined;
    await store.write(content(4));
    for (let seed = 1; seed <= 20; seed++) files.losePower(() => (seed * 0.37) % 1);
    expectIs(await (await CheckpointStore.open(FOLDER, files)).latest(), content(4));
  });

  it("frees the room of a checkpoint that it could not take", async () => {
    const { files, store } = await twoGenerations();
    let writes = 0;
    files.fault = (_, kind) => (kind === "write" && ++writes > 4 ? "ENOSPC" : undefined);
    await expect(store.write(content(3))).rejects.toThrow(/position 3 could not be written.*ENOSPC/);
    expect(await files.list(FOLDER)).toEqual(["checkpoint-000000001", "checkpoint-000000002"]);
  });
});

describe("a loss of power", () => {
  // Bug that mattered (simulator, --people --seed 6002): a start made the folder and could not sync the one above it; the next found it there,
  // and a loss of power took it away with all checkpoints that had counted.
  it("leaves a folder that a start before made, and could not sync", async () => {
    for (const failing of [1, 2]) {
      const files = new BrokenFiles();
      let syncs = 0;
      files.fault = (_, kind) => (kind === "fsync folder" && ++syncs === failing ? "EIO" : undefined);
      await expect(CheckpointStore.open(FOLDER, files)).rejects.toEqual(code("DISK_FAILED"));
      files.fault = () => undefined;
      await (await CheckpointStore.open(FOLDER, files)).write(content(1));
      files.losePower(() => 0);
      expectIs(await (await CheckpointStore.open(FOLDER, files)).latest(), content(1));
    }
  });

  it("that comes where a folder above may not be opened is no matter of ours, one that we made is", async () => {
    const files = new BrokenFiles();
    await files.makeFolder(FOLDER);
    files.fault = (_, kind) => (kind === "fsync folder" ? "EACCES" : undefined);
    await CheckpointStore.open(FOLDER, files);
    await expect(CheckpointStore.open(`${FOLDER}/deeper`, files)).rejects.toEqual(code("FILE_UNREADABLE"));
  });

  /** Writes until the power goes at the given call, then looks at what the machine finds when it comes back. */
  async function cutAt(step: number, next: () => number): Promise<"finished" | "cut"> {
    const { files, store } = await twoGenerations();
    const at = files.calls + step;
    files.fault = (call) => (call === at ? "power" : undefined);
    const outcome = await store.write(content(3)).then(
      () => "finished" as const,
      (error: unknown) => {
        if (!(error instanceof PowerLost)) throw error;
        return "cut" as const;
      },
    );
    files.losePower(next);
    const after = await CheckpointStore.open(FOLDER, files);
    const latest = await after.latest();
    if (outcome === "finished") expect(latest?.manifest.log.position).toBe(3);
    expectIs(latest, content(latest?.manifest.log.position === 3 ? 3 : 2));
    expect(after.warnings).toEqual([]);
    await after.write(content(4));
    files.losePower(next);
    expectIs(await (await CheckpointStore.open(FOLDER, files)).latest(), content(4));
    return outcome;
  }

  it("at any moment leaves the old content or the new one, whole", async () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    for (let step = 1, finished = false; !finished; step++) {
      for (const seed of seeds) finished = (await cutAt(step, random(seed * 1000 + step))) === "finished";
    }
  });

  it("after a write has resolved does not undo it", async () => {
    for (let seed = 0; seed < 50; seed++) expect(await cutAt(Number.POSITIVE_INFINITY, random(seed))).toBe("finished");
  });
});
