import { expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import { type Check, formatTally, must, NotRun, runChecks } from "./check.ts";

const check = (name: string, run: Check["run"]): Check => ({ name, about: `about ${name}`, run });

test("each check ends as ok, FAILED or not run, with its reason, and the bench is closed whatever happens", async () => {
  const lines: string[] = [];
  let closed = 0;
  const bench = { close: async () => void closed++ } as unknown as Bench;
  const checks = [
    check("fine", async () => {}),
    check("wrong", async () => must(1 > 2, "one is not more than two")),
    check("absent", async () => {
      throw new NotRun("no data");
    }),
  ];
  const tally = await runChecks(
    checks,
    async () => bench,
    (line) => lines.push(line.replace(/\(.*? s\)/, "(… s)")),
  );
  expect(lines.filter((line) => !line.includes("about"))).toEqual([
    "ok fine (… s)",
    "FAILED wrong (… s): one is not more than two",
    "not run absent (… s): no data",
  ]);
  expect(closed).toBe(3);
  expect(formatTally(tally)).toBe("1 passed, 1 failed, 1 not run");
  expect(formatTally({ passed: 2, failed: 0, notRun: 0 })).toBe("2 passed, 0 failed");
});
