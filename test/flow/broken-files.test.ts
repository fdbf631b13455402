// The disk of the tests itself: a fault in it looks like one of the store's.

import { expect, test } from "vitest";
import { BrokenFiles } from "./broken-files.ts";

test("what was read, and what was written, does not change when the disk is damaged later", async () => {
  const disk = new BrokenFiles();
  const written = Buffer.from("abc");
  await disk.makeFolder("/s");
  const file = await disk.create("/s/f");
  await file.write(written);
  const read = await disk.read("/s/f");
  disk.damage("/s/f", (bytes) => bytes.fill(0));
  expect(Buffer.from(read).toString()).toBe("abc");
  expect(written.toString()).toBe("abc");
  expect([...(await disk.read("/s/f"))]).toEqual([0, 0, 0]);
});
