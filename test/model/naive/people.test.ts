import { expect, test } from "vitest";
import { forgetRecord } from "../../../src/model/forget.ts";
import { dayMs, Story } from "./story.ts";

const PACK = `pack: p
version: 1
events: { a: A, b: B }
measures: { n: { count: a }, first_a: { first: a } }
stages:
  order: [one, two]
  moves: [{ to: two, from: one, event: b }]
triggers:
  t: { enter: two, channel: email, message: m }
`;
const told = (twoUsers: "refuse" | "merge" = "refuse"): Story => new Story(PACK, { identity: { ties: "all", two_users: twoUsers } });
const event = (day: number, name: string, ids: object): object => ({ type: "track", event: name, timestamp: new Date(dayMs(day)).toISOString(), ...ids });
const names = (story: Story): string[] => story.model.contacts().map(({ contact }) => `${contact.kind} ${contact.id}`);

test("what was done under an old id is the person's, and each axis is told once", () => {
  const story = told();
  story.send(0, event(0, "A", { anonymousId: "x" }));
  story.send(1, event(1, "B", { anonymousId: "x" }));
  story.send(2, event(2, "A", { userId: "c" }));
  expect(story.send(3, event(3, "A", { userId: "c", anonymousId: "x" }))).toEqual([]);
  expect(story.until(3)).toEqual(["3 stage one>two"]);
  expect(names(story)).toEqual(["user c"]);
  expect(story.view(3).measures).toEqual({ n: 3, first_a: dayMs(0) });
  expect(story.contact(3).contact.alsoKnownAs).toEqual(["x"]);
});

test("an event by an id that leads elsewhere is the other's, with its own time", () => {
  const story = told();
  story.send(0, event(0, "A", { userId: "c", anonymousId: "x" }));
  story.send(2, event(1, "A", { anonymousId: "x" }));
  story.until(3);
  expect(names(story)).toEqual(["user c"]);
  expect(story.view(3).measures).toEqual({ n: 2, first_a: dayMs(0) });
});

test("a second user of one id is another person, or joins the first", () => {
  const people = (twoUsers: "refuse" | "merge"): string[] => {
    const story = told(twoUsers);
    story.send(0, event(0, "A", { userId: "c", anonymousId: "x" }));
    story.send(1, event(1, "A", { userId: "d", anonymousId: "x" }));
    story.until(2);
    return names(story);
  };
  expect(people("refuse")).toEqual(["user c", "user d"]);
  expect(people("merge")).toEqual(["user c"]);
});

test("chains are followed", () => {
  const story = told();
  const alias = (userId: string, previousId: string): object => ({ ...event(0, "A", { userId, previousId }), type: "alias" });
  for (const one of [alias("b", "a"), alias("c", "b")]) story.send(0, one);
  story.send(1, event(1, "A", { userId: "b" }));
  story.until(2);
  expect(names(story)).toEqual(["user c"]);
  expect(story.model.contacts()[0]?.packs["p"]?.measures["n"]).toBe(1);
});

test("who is forgotten is not there, and what they did before does not come back, by whatever id", () => {
  const story = told();
  const forget = forgetRecord([{ kind: "user", id: "c" }], "r");
  story.send(0, event(0, "A", { userId: "c", anonymousId: "x" }));
  story.model.apply({ position: 9, storedMs: dayMs(1), subject: "tidemark.log.0.control.forget", data: JSON.stringify(forget) });
  story.send(2, event(2, "A", { anonymousId: "y" }));
  expect(names(story)).toEqual(["anonymous y"]);
  story.send(3, event(0, "A", { userId: "c", anonymousId: "x" }));
  expect(names(story)).toEqual(["anonymous y"]);
  expect(story.model.outcomes.forgotten).toBe(1);
  story.send(3, event(3, "A", { userId: "c" }));
  expect(story.view(3).measures["n"]).toBe(1);
});
