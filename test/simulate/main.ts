// `npm run simulate -- --seeds 500`: stories from seeds, one after another, until they are all told or one fails. A failure is made
// short, and printed with the one command that repeats it. The rate stands at the end, with what the stories had in them.

import { parseArgs } from "node:util";
import { cutTo, formatPlaces, parsePlaces, shrink } from "./shrink.ts";
import { type Story, storyOf } from "./story.ts";
import { type Told, tell } from "./tell.ts";

const HELP = `npm run simulate -- [--seeds N] [--seed S] [--people] [--only STEPS] [--calm] [--course]

  --seeds N      so many stories (default 200)
  --seed S       from this seed on; without --seeds this one alone
  --people       people behind several ids, some of whom are forgotten, in every story and not in two of five;
                 a seed then names another story
  --only STEPS   only these steps of the story, as a failure names them: 0-3,7
  --calm         without the background of small troubles
  --course       print everything that happened
`;
const SHRINK_WITHIN_MS = 60_000;
const PROGRESS_EVERY_MS = 5_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "string") {
    process.stderr.write(`${options}\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const began = performance.now();
  const sums = { told: 0, starts: 0, stopped: 0, events: 0, happened: new Map<string, number>() };
  let shown = began;
  for (let seed = options.from; seed < options.from + options.count; seed++) {
    const story = options.cut(storyOf(seed, options.people));
    const told = await tell(story);
    if (options.course && told.played !== undefined) process.stdout.write(`${told.played.course.join("\n")}\n`);
    if (told.fault !== undefined) return fail(`${seed}${options.people ? " --people" : ""}`, story, told, options.isCut);
    sums.told++;
    sums.starts += told.played?.starts ?? 0;
    sums.stopped += told.played?.stopped === null ? 0 : 1;
    sums.events += told.played?.log.length ?? 0;
    for (const [what, count] of told.played?.happened ?? []) sums.happened.set(what, (sums.happened.get(what) ?? 0) + count);
    if (performance.now() - shown < PROGRESS_EVERY_MS) continue;
    shown = performance.now();
    process.stderr.write(`${sums.told} stories, ${rate(sums.told, began)} a minute\n`);
  }
  process.stdout.write(
    `${sums.told} stories, all as they must be; ${rate(sums.told, began)} a minute. ${sums.starts} starts, ${sums.events} messages, ` +
      `${[...sums.happened.values()].reduce((sum, count) => sum + count, 0)} mishaps of ${sums.happened.size} kinds, ${sums.stopped} stories with a stop for good.\n`,
  );
  return 0;
}

/** `seed`: with what a command needs to name the story. */
async function fail(seed: string, story: Story, told: Told, isCut: boolean): Promise<number> {
  process.stdout.write(`seed ${seed}: ${told.fault}\n`);
  if (isCut) return 1;
  process.stderr.write(`making the story short, for at most ${SHRINK_WITHIN_MS / 1000} s\n`);
  const cut = await shrink(story, async (shorter) => (await tell(shorter)).fault !== undefined, SHRINK_WITHIN_MS);
  const short = cutTo(story, cut);
  const { fault } = await tell(short);
  const lines = short.steps.map((step, i) => `  ${String(cut.kept[i]).padStart(3)}  ${JSON.stringify(step)}`);
  process.stdout.write(`${short.steps.length} of ${story.steps.length} steps are enough for: ${fault}\n${lines.join("\n")}\n`);
  process.stdout.write(`repeat it with: npm run simulate -- --seed ${seed} --only ${formatPlaces(cut.kept)}${cut.calm ? " --calm" : ""} --course\n`);
  return 1;
}

interface Options {
  readonly help: boolean;
  readonly from: number;
  readonly count: number;
  readonly people: boolean;
  readonly course: boolean;
  readonly isCut: boolean;
  readonly cut: (story: Story) => Story;
}

/** A text: what is wrong with them. */
function readOptions(): Options | string {
  try {
    return optionsOf(readFlags());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readFlags() {
  return parseArgs({
    options: {
      seeds: { type: "string" },
      seed: { type: "string" },
      people: { type: "boolean", default: false },
      only: { type: "string" },
      calm: { type: "boolean", default: false },
      course: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

function optionsOf(values: ReturnType<typeof readFlags>): Options | string {
  const { seed, seeds, people, only, calm, course, help } = values;
  for (const text of [seed, seeds]) if (text !== undefined && !/^\d{1,9}$/.test(text)) return `${text} is no whole number`;
  const places = only === undefined ? undefined : parsePlaces(only);
  if (only !== undefined && places === undefined) return `--only wants places of steps such as 0-3,7, and not ${only}`;
  return {
    help,
    from: Number(seed ?? 1),
    count: Number(seeds ?? (seed === undefined ? 200 : 1)),
    people,
    course,
    isCut: only !== undefined,
    cut: (story) => cutTo(story, { kept: places ?? story.steps.map((_, place) => place), calm }),
  };
}

function rate(count: number, began: number): number {
  return Math.round((count / (performance.now() - began)) * 60_000);
}
