// Stories of people behind several ids, who are forgotten too; and that their judge sees what must not be. `npm run simulate -- --people`
// tells more of them.

import { expect, test } from "vitest";
import { beginningOf } from "./judge.ts";
import { peopleDisagree } from "./people-judge.ts";
import { type Played, play, SHARD } from "./run.ts";
import { storyOf } from "./story.ts";
import { tell } from "./tell.ts";
import { foldUndisturbed, type Undisturbed } from "./undisturbed.ts";

const STORIES = 12;

test(`${STORIES} stories of people who are one and are forgotten end as they must`, async () => {
  for (let seed = 1; seed <= STORIES; seed++) {
    const { fault } = await tell(storyOf(seed, true));
    expect(fault, `npm run simulate -- --people --seed ${seed}`).toBeUndefined();
  }
}, 240_000);

/** The first story in the end of which nobody is left of some, and others are there. */
async function aStoryWithBoth(): Promise<{ played: Played; truth: Undisturbed }> {
  for (let seed = 1; seed < 100; seed++) {
    const story = storyOf(seed, true);
    if (!story.steps.some((step) => step.do === "forget")) continue;
    const played = await play(story);
    const truth = foldUndisturbed(SHARD, played.log);
    const isJudged = played.stopped === null && !played.facts.logForgot && !played.facts.madeAnew;
    if (isJudged && truth.contacts.length > 1 && seen(played, truth, { rests: haunted(played) }) !== undefined) return { played, truth };
  }
  return expect.unreachable("no such story");
}

const everybody = Array.from({ length: 600 }, (_, i) => `somebody-${String(i).padStart(3, "0")}`);
/** A file that names everybody who ever was. */
const GHOSTS = new Map([["/state/0/ghosts", Buffer.from(everybody.join())]]);

const haunted = ({ rests }: Played) => rests.map((rest) => ({ ...rest, files: GHOSTS }));
/** Only before the clean stop. */
const hauntedFirst = ({ rests }: Played, goneUpTo: number) => rests.map((rest, place) => (place > 0 ? rest : { ...rest, files: GHOSTS, goneUpTo }));

const seen = (played: Played, truth: Undisturbed, changed: Partial<Undisturbed> & Partial<Pick<Played, "rests" | "log">> = {}) =>
  peopleDisagree({ ...played, ...changed }, { ...truth, ...changed }, beginningOf(played.log));

test("the judge of people sees who is another, what is miscounted, what nobody confirmed, and what is left of whom", async () => {
  const { played, truth } = await aStoryWithBoth();
  expect(seen(played, truth)).toBeUndefined();
  const [first = "", ...others] = truth.contacts;
  expect(seen(played, truth, { contacts: others })).toMatch(/is no contact and should be one/);
  expect(seen(played, truth, { contacts: [first.replace(/"generation":\d+/, '"generation":1'), ...others] })).toMatch(/generation 1, .* and not/);
  expect(seen(played, truth, { contacts: [first.replace(/"alsoKnownAs":\[[^\]]*\]/, '"alsoKnownAs":["x"]'), ...others] })).toMatch(/also x, and not/);
  for (const name of ["outcome.forgotten", "dropped.record_forgotten"])
    expect(seen(played, truth, { counters: { ...truth.counters, [name]: 9999 } })).toContain(`${name} is 9999`);
  expect(seen(played, truth, { effects: truth.effects.filter(({ subject }) => !subject.includes("contact.forgotten")) })).toMatch(/confirmed was/);
  expect(seen(played, truth, { rests: haunted(played) })).toMatch(/somebody was forgotten and is left: somebody-\d+ in .state.0.ghosts/);
  expect(seen(played, truth, { rests: hauntedFirst(played, 1e9) })).toMatch(/is left: somebody/);
  expect(seen(played, truth, { rests: hauntedFirst(played, 0) })).toBeUndefined();
  expect(seen(played, truth, { state: () => [...truth.state(), Buffer.from(everybody.join())] })).toMatch(/is left: somebody-\d+ in the state/);
  expect(seen(played, truth, { state: () => [] })).toMatch(/cannot be found in the state/);
  expect(seen(played, truth, { log: played.log.filter(({ subject }) => !subject.endsWith("control.forget")) })).toBeDefined();
}, 120_000);

test("a story forgets people by records and by asking, some come again and some do not", () => {
  const steps = Array.from({ length: 60 }, (_, seed) => storyOf(seed, true).steps).flat();
  const forgets = steps.filter((step) => step.do === "forget");
  expect(steps.filter((step) => step.do === "ask to forget").length).toBeGreaterThan(10);
  expect(new Set(forgets.map(({ times }) => times))).toEqual(new Set([1, 2]));
  expect(new Set(forgets.map(({ ids }) => Math.min(ids.length, 4)))).toEqual(new Set([1, 2, 3, 4]));
  expect(JSON.stringify(steps)).toContain('"beforeForget":true');
});
