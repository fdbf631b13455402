import { expect, test } from "vitest";
import { compareContacts, compareEffects, formatDifferences, type PublishedEvent } from "./compare.ts";
import type { Shown } from "./contact.ts";
import type { NaiveEffect } from "./model.ts";

const AT = Date.UTC(2026, 0, 1);

const SHOWN: Shown = { scores: { s: 10 }, points: { s: { a: 10 } }, stage: "two", segment: null, grids: {}, audiences: ["x"] };
const transition: NaiveEffect = {
  contact: { kind: "user", id: "c" },
  kind: "transition",
  pack: "p",
  name: "stage",
  to: "two",
  from: "one",
  in: null,
  at: AT,
  number: 2,
  move: 1,
  sequence: null,
  key: null,
  cause: "event",
  merged: null,
  alsoKnownAs: [],
  origin: "live",
  detail: {},
  shown: SHOWN,
};
const trigger: NaiveEffect = { ...transition, kind: "trigger", name: "t", to: null, from: null, number: null, sequence: 1, key: `p/t/c/${AT}` };

const published = (kind: string, data: object, at = AT): PublishedEvent => ({
  id: "0-5-1-0",
  type: `io.tidemark.${kind}.v1`,
  time: new Date(at).toISOString(),
  data: {
    pack: "p",
    origin: "live",
    contact: { id: "c", kind: "user", alsoKnownAs: [] },
    because: { cause: "event", points: { s: { a: 10 } } },
    ...data,
  } as PublishedEvent["data"],
});
const twoPublished = [
  published("transition", { sequence: 2, axis: "stage", from: "one", to: "two", now: { stage: "two", audiences: ["x"], scores: { s: 10 } } }),
  published("trigger", { sequence: 1, trigger: "t", key: `p/t/c/${AT}`, now: { stage: "two", audiences: ["x"], scores: { s: 10 } } }),
];

test("the same effects have no difference, and a millisecond or what two decimals hide is none", () => {
  expect(compareEffects([transition, trigger], twoPublished)).toEqual([]);
  const later = published(
    "trigger",
    { sequence: 1, trigger: "t", key: `p/t/c/${AT + 1}`, now: { stage: "two", audiences: ["x"], scores: { s: 10.004 } } },
    AT + 1,
  );
  expect(compareEffects([trigger], [later])).toEqual([]);
});

test.each([
  ["only the model has it", [transition, trigger], twoPublished.slice(0, 1)],
  ["only the engine has it", [transition], twoPublished],
  ["not the same thing", [trigger, transition], twoPublished],
  ["2 ms apart", [trigger], [{ ...twoPublished[1], time: new Date(AT + 2).toISOString() } as PublishedEvent]],
  ["numbers differ", [{ ...transition, number: 3 }], twoPublished.slice(0, 1)],
  ["keys differ", [{ ...trigger, key: "p/t/c/7" }], twoPublished.slice(1)],
  ["causes differ", [{ ...transition, cause: "time" as const }], twoPublished.slice(0, 1)],
  ["points of s by a: model 9", [{ ...transition, shown: { ...SHOWN, points: { s: { a: 9 } } } }], twoPublished.slice(0, 1)],
  ["places", [{ ...transition, shown: { ...SHOWN, audiences: [] } }], twoPublished.slice(0, 1)],
  ["score s: model 11, engine 10", [{ ...transition, shown: { ...SHOWN, scores: { s: 11 } } }], twoPublished.slice(0, 1)],
])("%s", (what, naive, actual) => {
  const differences = compareEffects(naive, actual);
  expect(differences).toHaveLength(1);
  expect(differences[0]?.what).toContain(what);
  expect(formatDifferences(differences)[0]).toContain("user c: effect");
});

test("contacts are compared by place, time, scores and measures", () => {
  const naive = {
    contact: { kind: "user" as const, id: "c", generation: 2, alsoKnownAs: [] },
    asOf: null,
    firstSeen: AT,
    lastSeen: AT,
    packs: {
      p: {
        stage: { name: "two", since: AT },
        segment: null,
        audiences: ["x"],
        scores: { s: { value: 1, points: { a: 1 } } },
        grids: {},
        rfm: null,
        value: null,
        measures: { n: 3, l: AT, never: undefined },
      },
    },
  };
  const iso = new Date(AT).toISOString();
  const pack = { stage: { name: "two", since: iso }, audiences: ["x"], scores: { s: { value: 1, points: { a: 1 } } }, measures: { n: 3, l: iso, never: null } };
  const engine = { contact: { kind: "user", id: "c", generation: 2, alsoKnownAs: [] }, firstSeen: iso, lastSeen: iso, packs: { p: pack } };
  expect(compareContacts([naive], [engine])).toEqual([]);
  expect(compareContacts([naive], [])[0]?.what).toBe("the engine does not have this contact");
  expect(compareContacts([], [engine])[0]?.what).toBe("only the engine has this contact");
  const wrong = { ...engine, packs: { p: { ...pack, measures: { ...pack.measures, n: 4 } } } };
  expect(compareContacts([naive], [wrong])[0]?.what).toBe("p measure n: model 3, engine 4");
});
