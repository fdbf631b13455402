import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { CheckpointStore } from "../../src/flow/checkpoint.ts";
import { diskFiles } from "../../src/flow/checkpoint-files.ts";
import { epochMs, outputSequence, position } from "../../src/model/ids.ts";

/** Everything that is asked of the system, in order: `sync` by the handle itself, and names as they are given. */
async function watched(folder: string): Promise<{ asked: string[]; store: CheckpointStore }> {
  const asked: string[] = [];
  const handle = await open(folder, "r");
  const { sync } = Object.getPrototypeOf(handle) as FileHandle;
  vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, "sync").mockImplementation(function (this: FileHandle) {
    asked.push("sync");
    return sync.call(this);
  });
  await handle.close();
  onTestFinished(() => void vi.restoreAllMocks());
  const rename = async (from: string, to: string) => {
    asked.push("rename");
    await diskFiles.rename(from, to);
  };
  return { asked, store: await CheckpointStore.open(join(folder, "0"), { ...diskFiles, rename }) };
}

test("a checkpoint syncs each of its files before it gets its name, and each folder after", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-sync-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { asked, store } = await watched(folder);
  asked.length = 0;
  await store.write({
    engine: "1.0.0",
    shard: "0",
    createdAt: "2026-11-22T00:00:00.000Z",
    log: { stream: "L", createdMs: epochMs(1), position: position(1), fingerprint: { storedMs: epochMs(1), sha256: "aa" } },
    output: { stream: "O", createdMs: epochMs(1), sequence: outputSequence(0), identity: null, engine: null },
    logTimeMs: 1,
    records: [],
    counters: {},
    partitions: [{ partition: 0, bytes: Buffer.from("state") }],
  });
  // The partition, the folder with its name, the manifest, the folder again, and the folder above.
  expect(asked).toEqual(["sync", "rename", "sync", "sync", "rename", "sync", "sync"]);
});
