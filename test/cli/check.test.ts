import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./command-line.ts";

const rules = new URL("../../rules/", import.meta.url).pathname;
const folder = () => mkdtempSync(join(tmpdir(), "tidemark-check-"));

describe("packs without a mistake", () => {
  test("each is one line with what it holds", async () => {
    const { exit, out } = await run(`check ${rules}b2b-funnel.yaml ${rules}ecommerce-rfm.yaml`);
    expect([exit, out.trimEnd().split("\n").length]).toEqual([0, 2]);
    expect(out).toContain("b2b-funnel version 1: ");
    expect(out).toContain("stages visitor > lead > mql");
  });

  test("--json has their names", async () => {
    const result = JSON.parse((await run(`check ${rules}b2b-funnel.yaml --json`)).out);
    expect(result).toMatchObject({
      ok: true,
      problems: [],
      packs: [{ name: "b2b-funnel", version: 1, stages: expect.arrayContaining(["visitor", "customer"]) }],
    });
  });

  test("a pattern leaves out the examples that stand beside the packs", async () => {
    const where = folder();
    cpSync(`${rules}b2b-funnel.yaml`, join(where, "b2b-funnel.yaml"));
    writeFileSync(join(where, "b2b-funnel.examples.yaml"), "not: a pack\n");
    expect((await run(`check ${where}/*.yaml`)).exit).toBe(0);
    expect((await run(`check ${where}/b2b-funnel.examples.yaml`)).exit).toBe(1);
  });
});

describe("findings", () => {
  test("a mistake is named with its place, and the exit code is 1", async () => {
    const path = join(folder(), "bad.yaml");
    writeFileSync(path, readFileSync(`${rules}b2b-funnel.yaml`, "utf8").replace("triggers:", "trigers:"));
    const { exit, out, err } = await run(`check ${path}`);
    expect([exit, err]).toEqual([1, ""]);
    expect(out).toMatch(new RegExp(`^${path}:\\d+:\\d+  `));
    const json = JSON.parse((await run(`check ${path} --json`)).out);
    expect([json.ok, json.problems[0].file]).toEqual([false, path]);
  });

  test("two packs of one name are a mistake", async () => {
    const where = folder();
    for (const name of ["a.yaml", "b.yaml"]) cpSync(`${rules}b2b-funnel.yaml`, join(where, name));
    const { exit, out } = await run(`check ${where}/*.yaml`);
    expect(exit).toBe(1);
    expect(out).toContain(`${where}/b.yaml: the pack is called "b2b-funnel", and so is the one in ${where}/a.yaml`);
  });
});

test("a file that is not there, and a pattern without a match, are misuse", async () => {
  const [file, pattern] = [await run("check /nowhere/a.yaml"), await run("check /nowhere/*.yaml")];
  expect([file.exit, pattern.exit]).toEqual([2, 2]);
  expect(file.err).toContain("tidemark: FILE_UNREADABLE: cannot read the pack /nowhere/a.yaml");
  expect(pattern.err).toContain("tidemark: FILE_UNREADABLE: no rule pack matches /nowhere/*.yaml");
});
