// The simulator on a bounded number of stories, and that it is what it must be: one seed gives one course, a mistake of the engine is
// seen, and a failure becomes short. `npm run simulate -- --seeds 10000` tells more of them.

import { expect, test } from "vitest";
import { faultOf } from "./judge.ts";
import { play } from "./run.ts";
import { cutTo, formatPlaces, parsePlaces, shrink } from "./shrink.ts";
import { storyOf } from "./story.ts";
import { tell } from "./tell.ts";

const STORIES = 30;

test(`${STORIES} stories end as they must`, async () => {
  const faults: string[] = [];
  for (let seed = 1; seed <= STORIES; seed++) {
    const { fault } = await tell(storyOf(seed));
    if (fault !== undefined) faults.push(`npm run simulate -- --seed ${seed}: ${fault}`);
  }
  expect(faults).toEqual([]);
}, 120_000);

test("a seed names one story with people behind several ids and one without, and with them what two users become alternates", () => {
  const stories = Array.from({ length: 40 }, (_, i) => ({ plain: storyOf(i + 1), people: storyOf(i + 1, true) }));
  for (const { plain, people } of stories) expect(people).not.toEqual(plain);
  expect(stories.map(({ people }) => people.twoUsers)).toEqual(stories.map((_, i) => (i % 2 === 0 ? "merge" : "refuse")));
  for (const twoUsers of ["refuse", "merge"] as const) {
    const of = stories.filter(({ people }) => people.twoUsers === twoUsers).map(({ people }) => people);
    expect(new Set(of.map(({ ranks, checks }) => `${ranks} ${checks}`)).size).toBe(4);
  }
  expect(new Set(stories.map(({ plain }) => plain.twoUsers))).toEqual(new Set([null, "refuse", "merge"]));
});

test("one seed gives one story, to the last millisecond", async () => {
  for (const seed of [3, 9, 14]) {
    const courses = [];
    for (let i = 0; i < 2; i++) courses.push((await play(storyOf(seed))).course.map((line) => line.replaceAll(/epoch-[0-9a-f]+/g, "epoch")));
    expect(courses[1]).toEqual(courses[0]);
  }
});

test("the judge sees what is lost, repeated, out of order, changed, miscounted or stopped without a reason", async () => {
  const played = await play({ ...storyOf(8), steps: storyOf(8).steps.slice(0, 12) });
  expect(faultOf(played)).toBeUndefined();
  const { broker, rests } = played;
  const messages = broker.output.messages;
  const published = (change: (all: typeof messages) => typeof messages) =>
    faultOf({ ...played, broker: Object.assign(Object.create(broker), { output: { messages: change(messages) } }) });
  const effects = messages.filter(({ subject }) => !subject.includes("epoch"));
  expect(effects.length).toBeGreaterThan(1);
  const [one, other] = effects.slice(-2) as [(typeof messages)[number], (typeof messages)[number]];
  expect(published((all) => all.filter((message) => message !== other))).toMatch(/was never published/);
  expect(published((all) => all.filter((message) => message !== one))).toMatch(/was published instead of/);
  expect(published((all) => [...all, other])).toMatch(/was published after/);
  expect(published((all) => all.map((message) => (message === one ? other : message === other ? one : message)))).toMatch(/was published after/);
  expect(published((all) => all.map((message) => (message === one ? { ...one, body: other.body } : message)))).toMatch(/instead of/);
  const changed = (rest: Partial<(typeof rests)[number]>) => faultOf({ ...played, rests: rests.map((before) => ({ ...before, ...rest })) });
  expect(changed({ digest: "0" })).toMatch(/not that of an undisturbed fold/);
  expect(changed({ counters: { ...rests[0]?.counters, "outcome.applied": 0 } })).toMatch(/the counter outcome.applied/);
  expect(faultOf({ ...played, endings: [{ life: "#1", error: new RangeError("x"), allWell: false }] })).toMatch(/mistake of the program/);
  expect(faultOf({ ...played, log: played.log.slice(0, -1) })).toBeDefined();
});

test("a window on its way at a takeover leaves a hole where the broker does not ask for links, and none where it does", async () => {
  for (let seed = 1; seed < 500; seed++) {
    const story = storyOf(seed);
    if (!story.steps.some((step) => step.do === "hold the wire")) continue;
    const { fault } = await tell({ ...story, links: false });
    if (fault === undefined) continue;
    expect(fault).toMatch(/OUTPUT_DIFFERS/);
    expect((await tell(story)).fault).toBeUndefined();
    return;
  }
  expect.unreachable("no story has such a window");
}, 120_000);

test("a failing story is cut to the steps that it takes", async () => {
  const story = storyOf(5);
  const wanted = [3, story.steps.length - 2];
  const cut = await shrink(story, async (shorter) => wanted.every((place) => shorter.steps.includes(story.steps[place] as never)), 10_000);
  expect(cut.kept).toEqual(wanted);
  expect(cutTo(story, cut).steps).toEqual(wanted.map((place) => story.steps[place]));
});

test("places of steps read back as they are written", () => {
  for (const places of [[], [0], [0, 1, 2, 7, 9, 10]]) expect(parsePlaces(formatPlaces(places))).toEqual(places);
  expect(formatPlaces([0, 1, 2, 7, 9, 10])).toBe("0-2,7,9-10");
  expect(parsePlaces("1,x")).toBeUndefined();
});
