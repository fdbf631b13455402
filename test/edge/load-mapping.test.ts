import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadMapping, loadMappingFile } from "../../src/edge/load-mapping.ts";
import { formatProblems } from "../../src/packs/problems.ts";

const FOLDER = join(import.meta.dirname, "../../rules/mappings");
const problems = (text: string): string[] => {
  const loaded = loadMapping(text, "m.yaml");
  return loaded.ok ? [] : formatProblems(loaded.problems);
};
const rest = "events: [{ name: A }]";

test.each(readdirSync(FOLDER))("%s loads, and is called as its file is", (file) => {
  const loaded = loadMappingFile(join(FOLDER, file));
  expect(loaded).toMatchObject({ ok: true, mapping: { name: file.replace(".yaml", "") } });
});

test.each([
  ["no name", rest, "m.yaml:1:1  missing-key  the mapping has no name  (write mapping: my_webhook; events then come in at /v1/map/my_webhook)"],
  [
    "a name that is no end of an address",
    `mapping: My Hook\n${rest}`,
    "m.yaml:1:10  bad-name  `My Hook` is not a name  (lower-case letters, digits, - and _: it is the end of an address)",
  ],
  [
    "no events",
    "mapping: a",
    "m.yaml:1:1  missing-key  `events` is not a list of what the mapping makes  (such as - { when: { event: open }, name: Email Opened })",
  ],
  ["an unknown key", `mapping: a\nuserid: x\n${rest}`, "m.yaml:2:1  unknown-key  unknown key `userid` in the mapping  (did you mean `user`?)"],
  [
    "a track without a name",
    "mapping: a\nevents: [{ user: x }]",
    "m.yaml:2:10  missing-key  a track without a `name`  (write name: Email Opened, or name: { path: event })",
  ],
  [
    "a type that there is not",
    "mapping: a\nevents: [{ type: event, name: A }]",
    "m.yaml:2:18  bad-value  `type` is `event`; it can be `track`, `page`, `screen`, `identify`, `group` or `alias`",
  ],
  [
    "a path with an empty step",
    `mapping: a\nuser: data..id\n${rest}`,
    "m.yaml:2:7  bad-path  `user`: `data..id` is not a path  (up to 16 keys with dots between them, such as `data.customer.id` or `items.0.sku`)",
  ],
  [
    "a unit that there is not",
    `mapping: a\ntime: { path: t, unit: days }\n${rest}`,
    "m.yaml:2:24  bad-value  the unit of `time` is `days`; it can be `s` or `ms`",
  ],
  [
    "a condition on a map",
    "mapping: a\nevents: [{ when: { x: { y: 1 } }, name: A }]",
    "m.yaml:2:23  wrong-shape  `when` is a map where a value or a list of values was expected  (such as event: open, or event: [open, click])",
  ],
  [
    "properties that are a list",
    `mapping: a\nproperties: [x]\n${rest}`,
    "m.yaml:2:13  wrong-shape  `properties` is a list where names and paths were expected  (such as { link_url: url })",
  ],
  ["YAML that is none", "mapping: [", expect.stringContaining("syntax")],
])("%s is one problem with its place and cure", (_, text, problem) => {
  expect(problems(text)).toEqual([problem]);
});
