import { describe, expect, it } from "vitest";
import { BatchReader } from "../../src/partition/batch-reader.ts";
import { BatchWriter, ENTRY_CONTROL, ENTRY_EVENT, ENTRY_STEP } from "../../src/partition/protocol.ts";

describe("BatchReader", () => {
  it("gives every entry as it was written, in a buffer that is larger and was used before", () => {
    const writer = new BatchWriter(new Uint8Array(1024).fill(0xff).buffer);
    const far = 2 ** 53 - 1;
    writer.put(ENTRY_STEP, 1, 1_700_000_000_000, 0, 0, 0, undefined);
    writer.put(ENTRY_EVENT, far, 1_700_000_000_001.5, 12, 3, 63, Buffer.from("xxpayloadxx"), 2, 9);
    writer.put(ENTRY_CONTROL, far, 5, -1, 0, 0, Buffer.from("ü".repeat(200)));
    const { buffer, size } = writer.take();
    expect(buffer.byteLength).toBeGreaterThan(size);
    const read: unknown[] = [];
    for (const entry = new BatchReader(buffer, size); entry.next(); ) {
      const { kind, position, logTime, storedMs, index, partition, payload } = entry;
      read.push([kind, position, logTime, storedMs, index, partition, Buffer.from(payload).toString()]);
    }
    expect(read).toEqual([
      [ENTRY_STEP, 1, 1_700_000_000_000, 0, 0, 0, ""],
      [ENTRY_EVENT, far, 1_700_000_000_001.5, 12, 3, 63, "payload"],
      [ENTRY_CONTROL, far, 5, -1, 0, 0, "ü".repeat(200)],
    ]);
  });

  it("has nothing to give of an empty batch", () => {
    expect(new BatchReader(new ArrayBuffer(64), 0).next()).toBe(false);
  });
});
