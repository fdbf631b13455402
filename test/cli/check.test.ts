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

describe("a policy", () => {
  test("that ships knows every channel that a shipped pack sends to", async () => {
    const { exit, out } = await run(`check ${rules}*.yaml --policy ${rules}policy.yaml`);
    expect([exit, out.trimEnd().split("\n").at(-1)]).toEqual([0, expect.stringMatching(/policy\.yaml: policy default: channels email, push, /)]);
  });

  test("is checked with the packs, and by itself where it alone is named", async () => {
    const path = join(folder(), "strict.yaml");
    writeFileSync(path, "policy: strict\nchannels: { email: { reaches: contact } }\n");
    const both = await run(`check ${rules}b2b-funnel.yaml --policy ${path}`);
    expect([both.exit, both.out]).toEqual([1, expect.stringMatching(/b2b-funnel\.yaml:\d+:\d+ {2}unknown-channel {2}trigger `\w+` sends to `crm`/)]);
    expect((await run(`check ${path}`)).out).toBe(`${path}: policy strict: channels email\n`);
    writeFileSync(path, "policy: strict\nchanels: { email: }\n");
    const json = JSON.parse((await run(`check ${path} --json`)).out);
    expect([json.ok, json.problems[0]]).toMatchObject([false, { file: path, line: 2, code: "unknown-key", hint: "did you mean `channels`?" }]);
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

describe("proofs", () => {
  const contrary = (text: string) => {
    const path = join(folder(), "contrary.yaml");
    writeFileSync(path, `pack: contrary\nversion: 1\nevents: { visit: { page: "*" } }\nscores: { heat: { points: { visit: 5 } } }\n${text}`);
    return path;
  };

  test("moves that undo each other are a finding with its place", async () => {
    const path = contrary("stages:\n  order: [a, b]\n  moves:\n    - { to: b, from: a, if: heat >= 60 }\n    - { to: a, from: b, if: heat < 70 }\n");
    const { exit, out } = await run(`check ${path}`);
    expect([exit, out.split("\n")[0], out.trimEnd().split("\n").at(-1)]).toEqual([
      1,
      `${path}:8:7  moves-undo  the moves a > b > a undo each other with heat 60 (the other is in line 9)  (leave a gap between their conditions, so that only one of them can hold)`,
      "1 mistake",
    ]);
    const json = JSON.parse((await run(`check ${path} --json`)).out);
    expect([json.ok, json.packs[0].findings[0].code, json.packs[0].undecided]).toEqual([false, "moves-undo", []]);
  });

  test("a warning is shown and is no finding", async () => {
    const { exit, out } = await run(`check ${contrary("audiences: { all: heat >= 0 }\n")}`);
    expect([exit, out.trimEnd().split("\n").at(-1)]).toEqual([0, "1 warning"]);
    expect(out).toContain("always  everybody is in audience `all`");
  });
});

test("a file that is not there, and a pattern without a match, are misuse", async () => {
  const [file, pattern] = [await run("check /nowhere/a.yaml"), await run("check /nowhere/*.yaml")];
  expect([file.exit, pattern.exit]).toEqual([2, 2]);
  expect(file.err).toContain("tidemark: FILE_UNREADABLE: cannot read the pack /nowhere/a.yaml");
  expect(pattern.err).toContain("tidemark: FILE_UNREADABLE: no rule pack matches /nowhere/*.yaml");
});
