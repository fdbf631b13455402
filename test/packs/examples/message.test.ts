// Messages made up for examples: for every form of `where` that packs are made of, the engine's own closure says that the
// message is the event; what cannot be made up is said.

import { describe, expect, test } from "vitest";
import type { EventDefinition } from "../../../src/packs/definition.ts";
import { isEvent, messageFor } from "../../../src/packs/examples/message.ts";
import { packFrom } from "../../support/pack.ts";

const FORMS: readonly string[] = [
  'properties.a == "x"',
  '"x" == properties.a',
  'properties.a != "x"',
  'properties.a in ["x", "y"]',
  '!(properties.a in ["x", "y"])',
  '"sale" in properties.tags',
  "properties.n >= 5",
  "5 < properties.n && properties.n < 8",
  "properties.n <= 2.5",
  'properties.path.startsWith("/pricing")',
  'properties.path.startsWith("/a") && properties.path.endsWith(".html") && properties.path.contains("b")',
  'properties.title.lowerAscii().contains("head") || properties.title.lowerAscii().contains("vp")',
  "has(context.campaign)",
  "has(properties.id) && !has(properties.test)",
  "properties.paid",
  "!properties.paid",
  'properties.items[1].sku == "s1"',
  'properties["order id"] == 7',
  'traits.plan == "team" && context.app.name == "ios"',
  'name == "Downloaded" && properties.kind == "b"',
  "double(properties.total) > 20.0",
];

describe("made up for the form", () => {
  test.each(FORMS)("%s", (where) => {
    const event = eventOf(where);
    const made = messageFor(event, {});
    expect(made).toMatchObject({ ok: true });
    expect(made.ok && isEvent(event, made.message)).toBe(true);
  });
});

test("what was given stays as it was", () => {
  const made = messageFor(eventOf('properties.path.startsWith("/pricing") && properties.n > 3'), { properties: { path: "/pricing/teams" } });
  expect(made).toMatchObject({ ok: true, message: { properties: { path: "/pricing/teams", n: 4 } } });
});

test("of several names the one that the condition asks for is taken", () => {
  const made = messageFor(eventOf('name == "B"', "[A, B]"), {});
  expect(made).toMatchObject({ ok: true, message: { type: "track", event: "B" } });
});

test.each(['properties.code.matches("^x+$")', 'properties.a == "x" && properties.a == "y"', "size(properties.a) > 3"])("not for %s", (where) => {
  expect(messageFor(eventOf(where), {})).toMatchObject({ ok: false, why: expect.stringContaining(where) });
});

function eventOf(where: string, track = "Downloaded"): EventDefinition {
  return packFrom(`pack: a\nversion: 1\nevents:\n  e:\n    track: ${track}\n    where: '${where}'\n`).events[0] as EventDefinition;
}
