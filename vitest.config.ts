// How tests run: files that mirror src, each in a process of its own (they start servers, kill children and keep workers), a
// few at a time because each of them may keep two cores busy. The limits are generous: they are there to end what hangs.

import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const PINNED_MAJOR = "24";
if (process.versions.node.split(".")[0] !== PINNED_MAJOR)
  throw new Error(`Tests run on Node ${PINNED_MAJOR}, this is ${process.versions.node}: use \`npm test\`, which brings it.`);

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: Math.min(4, availableParallelism()),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    reporters: ["default"],
  },
});
