// `tidemark test` as a person meets it: what it prints, how it ends, what it writes.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./command-line.ts";

const PACK = "pack: tiny\nversion: 1\nevents: { visit: { page: '*' }, paid: Paid }\nscores: { heat: { points: { visit: 5, paid: 10 } } }\n";
const GOOD = "pack: tiny\nexamples:\n  visits add up:\n    - { at: 0d, do: [visit, visit], expect: { heat: 10 } }\n";
const BAD = `${GOOD}  "<wrong> & more":\n    - { at: 0d, do: [visit], expect: { heat: 7 } }\n`;

function folder(examples: string | null, pack = PACK): string {
  const where = mkdtempSync(join(tmpdir(), "tidemark-test-"));
  writeFileSync(join(where, "tiny.yaml"), pack);
  if (examples !== null) writeFileSync(join(where, "tiny.examples.yaml"), examples);
  return where;
}

describe("how it ends", () => {
  test("0 and one line where all is as expected", async () => {
    const where = folder(GOOD);
    expect(await run(`test ${where}/tiny.yaml`)).toEqual({ exit: 0, out: `${where}/tiny.examples.yaml: 1 of 1 examples as expected\n`, err: "" });
  });

  test("1 with expected and got, the points behind the number, and the line", async () => {
    const where = folder(BAD);
    const { exit, out } = await run(`test ${where}/tiny.yaml`);
    expect(exit).toBe(1);
    expect(out).toBe(
      `${where}/tiny.examples.yaml:6  <wrong> & more, at 0d\n    heat: expected 7\n          got 5 = 5 visit\n${where}/tiny.examples.yaml: 1 of 2 examples as expected\n`,
    );
  });

  test("1 where there are no examples, they have mistakes, or the pack has", async () => {
    const none = folder(null);
    expect(await run(`test ${none}/tiny.yaml`)).toMatchObject({
      exit: 1,
      out: expect.stringContaining(`${none}/tiny.yaml:1:1  no-examples  there is no ${none}/tiny.examples.yaml`),
    });
    const mistaken = folder(GOOD.replace("visit, visit", "vist"));
    expect(await run(`test ${mistaken}/tiny.yaml`)).toMatchObject({ exit: 1, out: expect.stringContaining("tiny.examples.yaml:4:22  unknown-event") });
    const broken = folder(GOOD, PACK.replace("version: 1\n", ""));
    expect(await run(`test ${broken}/tiny.yaml`)).toMatchObject({ exit: 1, out: expect.stringContaining("tiny.yaml:1:1  missing-key") });
  });

  test("2 for a threshold that is none, and for a name that no example has", async () => {
    const where = folder(GOOD);
    expect(await run(`test ${where}/tiny.yaml --threshold most`)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('--threshold takes a percentage from 0 to 100, not "most"'),
    });
    expect(await run(`test ${where}/tiny.yaml --only nothing`)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('no example has "nothing" in its name'),
    });
  });
});

describe("coverage", () => {
  test("what was not reached is named, and below the threshold is a finding", async () => {
    const where = folder(GOOD);
    const lines = `${where}/tiny.examples.yaml: 1 of 1 examples as expected; 50 % reached (1 of 2)`;
    expect(await run(`test ${where}/tiny.yaml --coverage`)).toMatchObject({ exit: 0, out: `${lines}\n    not reached: rule heat.paid\n` });
    expect(await run(`test ${where}/tiny.yaml --threshold 100`)).toMatchObject({
      exit: 1,
      out: `${lines}, less than 100 %\n    not reached: rule heat.paid\n`,
    });
    expect((await run(`test ${where}/tiny.yaml --threshold 50`)).exit).toBe(0);
  });
});

test("--only runs what it names", async () => {
  const where = folder(BAD);
  expect(await run(`test ${where}/tiny.yaml`, { more: ["--only", "add up"] })).toMatchObject({ exit: 0, out: expect.stringContaining("1 of 1") });
});

test("--json has every example with its failures", async () => {
  const result = JSON.parse((await run(`test ${folder(BAD)}/tiny.yaml --json`)).out);
  expect(result).toMatchObject({
    ok: false,
    packs: [
      {
        pack: "tiny",
        problems: [],
        result: { coverage: { percent: 50 }, examples: [{ failures: [] }, { name: "<wrong> & more", failures: [{ what: "heat", expected: "7" }] }] },
      },
    ],
  });
});

test("--junit writes a report that a build server can read", async () => {
  const where = folder(BAD);
  await run(`test ${where}/tiny.yaml --junit ${where}/report.xml`);
  const xml = readFileSync(join(where, "report.xml"), "utf8");
  expect(xml).toContain('<testsuites tests="2" failures="1">');
  expect(xml).toContain(`<testcase classname="tiny" name="visits add up" file="${where}/tiny.examples.yaml" line="3"/>`);
  expect(xml).toContain('name="&lt;wrong&gt; &amp; more"');
  expect(xml).toContain("expected 7, got 5 = 5 visit</failure>");
});

test("examples that a shell's pattern names beside their packs are not taken for packs", async () => {
  const where = folder(GOOD);
  expect((await run(`check ${where}/tiny.examples.yaml ${where}/tiny.yaml`)).exit).toBe(0);
});
