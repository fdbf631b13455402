// The packs that ship: they load, they use the whole language, and no damage to their text makes the loader throw.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testPack } from "../../src/app/examples/test-pack.ts";
import { provePack } from "../../src/packs/check/prove.ts";
import type { Expression, PackDefinition } from "../../src/packs/definition.ts";
import { loadPack, loadPackFile } from "../../src/packs/load/load.ts";
import { formatProblems } from "../../src/packs/problems.ts";

import { inputsTable } from "./inputs-table.ts";
import { sendsTable } from "./sends-table.ts";

const FOLDER = new URL("../../rules/", import.meta.url);
const FILES = readdirSync(FOLDER).filter(
  (file) => file.endsWith(".yaml") && !file.endsWith(".examples.yaml") && /^pack:/m.test(readFileSync(new URL(file, FOLDER), "utf8")),
);

test("every pack is in the list of rules/README.md, and nothing else is", () => {
  const listed = [...readFileSync(new URL("README.md", FOLDER), "utf8").matchAll(/^\| \[`([a-z0-9-]+\.yaml)`\]/gm)].map((match) => match[1]);
  expect(listed.toSorted()).toEqual(FILES.toSorted());
});

test("rules/README.md says what each pack reads, as it is", () => {
  const packs = FILES.map((file) => packOf(readFileSync(new URL(file, FOLDER), "utf8")));
  expect(readFileSync(new URL("README.md", FOLDER), "utf8")).toContain(inputsTable(packs));
});

test("rules/README.md says what each pack sends, as it is", () => {
  const packs = FILES.map((file) => packOf(readFileSync(new URL(file, FOLDER), "utf8")));
  expect(readFileSync(new URL("README.md", FOLDER), "utf8")).toContain(sendsTable(packs));
});

describe.each(FILES)("%s", (file) => {
  const text = readFileSync(new URL(file, FOLDER), "utf8");

  test("loads without a problem, under its own name", () => {
    const result = loadPackFile(new URL(file, FOLDER).pathname);
    expect(result.ok ? [] : formatProblems(result.problems)).toEqual([]);
    expect(result.ok && `${result.pack.name}.yaml`).toBe(file);
  });

  test("its examples are as expected, and reach every rule, move, segment, audience and trigger", () => {
    const result = testPack(new URL(file, FOLDER).pathname);
    expect(result.problems.length > 0 ? formatProblems(result.problems) : result.result?.examples.flatMap(({ failures }) => failures)).toEqual([]);
    expect(result.result?.coverage).toMatchObject({ percent: 100, missing: [] });
  });

  test("says for whom it is, from where, and what of it is ours", () => {
    const header = text.slice(0, text.indexOf("\npack:"));
    expect(header.length).toBeGreaterThan(200);
    expect(header).toMatch(/\bfor\b[\s\S]*\bours\b/);
  });

  test("`check` proves nothing against it", () => {
    expect(formatProblems(provePack(packOf(text), file).findings)).toEqual([]);
  });

  test("names nothing that it does not use", () => {
    expect(unused(packOf(text))).toEqual([]);
  });

  test("however its text is damaged, the answer is a pack or its problems", () => {
    const bits = [
      "{",
      "}",
      "[",
      "]",
      ":",
      ": ",
      "#",
      " #",
      "'",
      '"',
      "!",
      "&",
      "*",
      "\n",
      "  ",
      "\t",
      "-",
      "- ",
      ",",
      "(",
      ")",
      "=",
      "%",
      "|",
      "0",
      "null",
      "any",
      "~",
      "\u0000",
      "é",
      "\ud800",
    ];
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.integer({ min: 0, max: 12 }),
      put: fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 4 })),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const result = loadPack(damages.reduce(damaged, text), file);
        if (!result.ok) for (const problem of result.problems) expect(problem.line > 0 && problem.column > 0 && problem.message !== "").toBe(true);
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("a word swapped for another of the same pack is a pack or its problems", () => {
    const words = [...new Set(text.match(/[\w"-]+/g))];
    const swap = fc.record({ at: fc.nat(), word: fc.constantFrom(...words) });
    fc.assert(
      fc.property(swap, ({ at, word }) => {
        let seen = 0;
        const target = at % (text.match(/[\w"-]+/g)?.length ?? 1);
        const result = loadPack(
          text.replace(/[\w"-]+/g, (old) => (seen++ === target ? word : old)),
          file,
        );
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

test("together they use every kind of trigger, and every key that goes with one", () => {
  const triggers = FILES.flatMap((file) => packOf(readFileSync(new URL(file, FOLDER), "utf8")).triggers);
  const kinds = new Set<string>(triggers.map(({ when }) => when.kind));
  expect(["enter", "leave", "event", "rises", "falls", "reaches", "silent", "overdue", "started", "date", "every"].filter((kind) => !kinds.has(kind))).toEqual(
    [],
  );
  expect(triggers.some(({ steps }) => steps.length > 1)).toBe(true);
  expect(triggers.some(({ goal }) => goal !== null)).toBe(true);
  expect(triggers.some(({ variants }) => variants.length > 0)).toBe(true);
  for (const key of ["from", "in", "if", "forMs", "afterMs"] as const)
    expect(
      triggers.some((trigger) => trigger[key] !== null),
      key,
    ).toBe(true);
  expect(triggers.some(({ repeat }) => typeof repeat === "object")).toBe(true);
  expect(new Set(triggers.flatMap(({ carry }) => carry.map(({ from }) => from)))).toEqual(new Set(["trait", "measure", "event"]));
});

function packOf(text: string): PackDefinition {
  const result = loadPack(text, "pack");
  if (!result.ok) throw new Error(formatProblems(result.problems).join("\n"));
  return result.pack;
}

/** Bands are read by people, and need no other use. */
function unused(pack: PackDefinition): string[] {
  const used = new Set<string>(usesOf(pack));
  return [
    ...pack.events.map(({ name }) => `event ${name}`),
    ...pack.measures.map(({ name }) => `measure ${name}`),
    ...pack.audiences.map(({ name }) => `audience ${name}`),
  ].filter((name) => !used.has(name));
}

function* usesOf(pack: PackDefinition): Generator<string> {
  for (const { event } of [...pack.measures, ...(pack.rfm === null ? [] : [pack.rfm])]) yield `event ${event}`;
  for (const event of [...(pack.stages?.setBy ?? []), ...pack.events.map(({ undoes }) => undoes)]) yield `event ${event}`;
  for (const { event } of pack.scores.flatMap(({ points }) => points)) yield `event ${event}`;
  for (const { events } of pack.stages?.moves ?? []) for (const event of events ?? []) yield `event ${event}`;
  for (const { when, in: places, carry, goal } of pack.triggers) {
    for (const event of goal?.events ?? []) yield `event ${event}`;
    if ("events" in when) for (const event of when.events) yield `event ${event}`;
    if ("without" in when) for (const event of when.without) yield `event ${event}`;
    if ("of" in when) yield* namesIn(when.of);
    for (const { axis, name } of [...(places ?? []), ...("places" in when ? when.places : [])]) yield `${axis} ${name}`;
    for (const item of carry) if (item.from === "measure") yield `measure ${item.name}`;
  }
  for (const condition of conditionsOf(pack)) yield* namesIn(condition);
}

function conditionsOf(pack: PackDefinition): Expression[] {
  const places = [
    ...pack.audiences.flatMap(({ if: enter, until }) => [enter, until]),
    ...(pack.segments?.list.map(({ if: holds }) => holds) ?? []),
    pack.segments?.among,
  ];
  const rules = [...pack.scores.flatMap(({ while: rules }) => rules.map(({ if: holds }) => holds)), ...pack.bands.map(({ of }) => of)];
  const acts = [
    ...(pack.stages?.moves.map(({ if: holds }) => holds) ?? []),
    ...pack.triggers.flatMap(({ if: holds, steps }) => [holds, ...steps.map((step) => step.if)]),
  ];
  return [...places, ...rules, ...acts].filter((condition) => condition !== null && condition !== undefined);
}

function* namesIn(expression: Expression): Generator<string> {
  if (expression.op === "measure" || expression.op === "audience") yield `${expression.op} ${expression.name}`;
  for (const part of Object.values(expression)) {
    for (const child of Array.isArray(part) ? part : [part])
      if (typeof child === "object" && child !== null && "op" in child) yield* namesIn(child as Expression);
  }
}

function damaged(text: string, { at, cut, put }: { readonly at: number; readonly cut: number; readonly put: string }): string {
  const from = Math.floor(at * text.length);
  return text.slice(0, from) + put + text.slice(from + cut);
}
