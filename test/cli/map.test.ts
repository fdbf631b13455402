import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lines, run } from "./command-line.ts";

const SENDGRID = join(import.meta.dirname, "../../rules/mappings/sendgrid.yaml");
const sample = JSON.stringify([
  { event: "open", email: "a@example.com", timestamp: 1_772_442_000, sg_event_id: "e1", tidemark_contact: "c_42", tidemark_key: "p/t/c_42/2" },
  { event: "processed", timestamp: 1_772_442_000 },
  { event: "click", timestamp: 1_772_442_000 },
]);

test("prints the events, one a line, and says what would be ignored or dead", async () => {
  const { exit, out, err } = await run(`map - --mapping ${SENDGRID}`, { stdin: sample });
  expect(exit).toBe(1);
  expect(lines(out).map((line) => JSON.parse(line))).toEqual([
    {
      type: "track",
      event: "Email Opened",
      userId: "c_42",
      messageId: "e1",
      timestamp: 1_772_442_000_000,
      context: { tidemark: { key: "p/t/c_42/2" }, traits: { email: "a@example.com" } },
    },
  ]);
  expect(err).toBe("item 2: no_id: neither `userId` nor `anonymousId`\n1 event, 1 ignored, 1 dead letter\n");
  expect(JSON.parse((await run(`map - --mapping ${SENDGRID} --json`, { stdin: sample })).out)).toMatchObject({ ignored: 1, rejected: [{ index: 2 }] });
});

test("mistakes in the mapping are listed, each with its line; a sample that is no JSON is a misuse", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "tidemark-map-")), "m.yaml");
  writeFileSync(file, "mapping: a\nusr: x\nevents: [{ type: page, nam: y }]\n");
  const { exit, out } = await run(`map - --mapping ${file}`, { stdin: "{}" });
  expect([exit, lines(out).map((line) => line.slice(file.length))]).toEqual([
    2,
    [
      ":2:1  unknown-key  unknown key `usr` in the mapping  (did you mean `user`?)",
      ":3:24  unknown-key  unknown key `nam` in an event  (did you mean `name`?)",
    ],
  ]);
  expect(await run(`map - --mapping ${SENDGRID}`, { stdin: "{" })).toMatchObject({ exit: 2, err: expect.stringContaining("the body is not JSON") });
  expect((await run(`map ${file}.none --mapping ${SENDGRID}`)).err).toContain("FILE_UNREADABLE");
});
