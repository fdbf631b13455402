// One at a time in one checkout, and nobody waits for the dead.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../../deploy/bootstrap/lock.mjs";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tidemark-lock-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test("the lock is there while the work runs, and gives back what the work gave", async () => {
  expect(await withLock(root, () => existsSync(lockFile()))).toBe(true);
  expect(existsSync(lockFile())).toBe(false);
});

test("work that fails gives the lock back", async () => {
  await expect(withLock(root, () => Promise.reject(new Error("disk full")))).rejects.toThrow("disk full");
  expect(await withLock(root, () => "next")).toBe("next");
});

test.each([
  ["a process that is gone", "99999999"],
  ["nobody, because its file is empty", ""],
])("a lock of %s is taken over", async (_, owner) => {
  mkdirSync(join(root, ".tidemark"));
  writeFileSync(lockFile(), owner);
  expect(await withLock(root, () => "mine")).toBe("mine");
  expect(existsSync(lockFile())).toBe(false);
});

function lockFile(): string {
  return join(root, ".tidemark/setup.lock");
}
