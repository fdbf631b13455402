import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAILPOINTS, Failpoints } from "../../src/app/failpoints.ts";

describe("failpoints", () => {
  it("are all reached somewhere: each name stands in the code once more than in the list", () => {
    const code = readFileSync(new URL("../../src/app/failpoints.ts", import.meta.url), "utf8").split("] as const;")[1] ?? "";
    for (const name of FAILPOINTS) expect(code, name).toContain(`"${name}"`);
  });

  it("refuse a name that is none, and do nothing at another moment than theirs", () => {
    expect(() => new Failpoints("fsync.befor")).toThrow(/no failpoint "fsync.befor"/);
    const failpoints = new Failpoints("fsync.before:1000");
    for (let i = 0; i < 999; i++) failpoints.reach("fsync.before");
    failpoints.reach("fsync.after");
  });
});
