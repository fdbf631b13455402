// What was expected against what came: each expectation of a line holds, or is a failure that shows both, with the points
// behind every number that is wrong. An expectation that says less (a trigger without its reason) is satisfied by more.

import type { PackDefinition } from "../../packs/definition.ts";
import type { Expectation, Left, Scalar } from "../../packs/story.ts";
import type { Told, View } from "./story-fold.ts";
import { type Heard, heard, leftText } from "./told-names.ts";

export interface Failure {
  /** In the examples file. */
  readonly line: number;
  readonly at: string;
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

type Verdict = Pick<Failure, "what" | "expected" | "got"> | null;

/** One line of a story: what the contact looks like now, and what left since the line before. */
export interface Scene {
  readonly pack: PackDefinition;
  readonly view: View | null;
  readonly told: readonly Told[];
}

export function judge(expectation: Expectation, scene: Scene): Verdict {
  const all = heard(scene.told, scene.pack);
  switch (expectation.kind) {
    case "stage":
    case "segment":
      return judgePlace(expectation.kind, expectation.is, scene);
    case "value":
      return judgeValue(expectation.name, expectation.is, scene);
    case "audiences":
      return judgeSet("audiences", expectation.are.map(bare), audiencesIn(scene).map(bare));
    case "triggers":
    case "withheld":
    case "outcomes":
    case "transitions":
      return judgeSet(expectation.kind, expectation.are, all[expectation.kind]);
    case "no":
      return judgeNo(expectation.names, all);
    case "because":
      return judgeBecause(expectation.of, scene);
  }
}

/** `61.95 = 24 pricing_view + 20 webinar`; a score's points must be the score, to the hundredth. */
export function pointsFault(scene: Scene): Verdict {
  for (const [name, { value, points }] of Object.entries(scoresIn(scene))) {
    const sum = Object.values(points).reduce((cents, one) => cents + Math.round(one * 100), 0);
    if (sum !== Math.round(value * 100)) return { what: name, expected: "points that add up to the score", got: withPoints(value, points) };
  }
  return null;
}

function judgePlace(axis: "stage" | "segment", is: string | null, scene: Scene): Verdict {
  const got = (packIn(scene)[axis] as { readonly name: string } | null | undefined)?.name ?? null;
  if (got === is) return null;
  const scores = Object.entries(scoresIn(scene)).map(([name, { value, points }]) => `${name} ${withPoints(value, points)}`);
  return { what: axis, expected: is ?? "none", got: [got ?? "none", ...scores].join("; ") };
}

function judgeValue(name: string, is: Scalar | readonly Scalar[], scene: Scene): Verdict {
  const got = valueIn(name, scene);
  if (same(got, is)) return null;
  const score = scoresIn(scene)[name];
  return { what: name, expected: text(is), got: score === undefined ? text(got) : withPoints(score.value, score.points) };
}

/** Of the view, where an audience is true or false and what is not there is missing. */
function valueIn(name: string, scene: Scene): unknown {
  const of = packIn(scene);
  const map = (key: string) => (of[key] ?? {}) as Readonly<Record<string, unknown>>;
  if (scene.pack.audiences.some((audience) => audience.name === name)) return audiencesIn(scene).includes(name);
  return scoresIn(scene)[name]?.value ?? map("measures")[name] ?? map("bands")[name] ?? map("grids")[name] ?? map("rfm")[name] ?? null;
}

function same(got: unknown, is: Scalar | readonly Scalar[]): boolean {
  if (Array.isArray(is)) return Array.isArray(got) && got.length === is.length && is.every((item, index) => same(got[index], item as Scalar));
  return typeof got === "number" && typeof is === "number" ? Math.round(got * 10_000) === Math.round(is * 10_000) : got === is;
}

/** Each as often as it is said; what is said without `as` is met by any. */
function judgeSet(what: string, expected: readonly Left[], got: readonly Left[]): Verdict {
  const rest = [...got];
  const missing = [...expected]
    .sort((a, b) => vagueness(a) - vagueness(b))
    .filter((wanted) => {
      const found = rest.findIndex((left) => left.name === wanted.name && isSo(wanted, left));
      if (found >= 0) rest.splice(found, 1);
      return found < 0;
    });
  if (missing.length === 0 && rest.length === 0) return null;
  const differences = [...missing.map((left) => `${leftText(left)} is missing`), ...rest.map((left) => `${leftText(left)} was not expected`)];
  return { what, expected: listText(expected), got: `${listText(got)}: ${differences.join(", ")}` };
}

/** What says the most is looked for first, so that it finds what only it can be. */
const vagueness = ({ as }: Left): number => (as === null ? 2 : as === ANSWERED ? 0 : 1);
const isSo = (wanted: Left, got: Left): boolean => wanted.as === null || wanted.as === got.as || (wanted.as === ANSWERED && got.answered === true);
/** Of a goal: reached, and by an answer. */
const ANSWERED = "answered";

function judgeNo(names: readonly string[], { triggers }: Heard): Verdict {
  const fired = triggers.filter(({ name }) => names.some((unwanted) => name === unwanted || name.startsWith(`${unwanted}/`)));
  return fired.length === 0 ? null : { what: "no", expected: `none of [${names.join(", ")}]`, got: listText(triggers) };
}

function judgeBecause(of: readonly { readonly key: string; readonly is: Scalar }[], { told }: Scene): Verdict {
  const moves = told.filter(({ type }) => type === "io.tidemark.transition.v1");
  const last = moves.findLast(({ data }) => data.axis === "stage") ?? moves.at(-1);
  const because = (last?.data.because ?? {}) as Readonly<Record<string, unknown>>;
  if (last !== undefined && of.every(({ key, is }) => same(because[key] ?? null, is))) return null;
  const got = last === undefined ? "no move since the line before" : of.map(({ key }) => `${key}: ${text(because[key] ?? null)}`).join(", ");
  return { what: "because", expected: of.map(({ key, is }) => `${key}: ${text(is)}`).join(", "), got };
}

type Scores = Readonly<Record<string, { readonly value: number; readonly points: Readonly<Record<string, number>> }>>;

const packIn = ({ view, pack }: Scene): View => ((view?.packs ?? {}) as Readonly<Record<string, View>>)[pack.name] ?? {};
export const scoresIn = (scene: Scene): Scores => (packIn(scene).scores ?? {}) as Scores;
export const bandsIn = (scene: Scene): Readonly<Record<string, string | null>> => (packIn(scene).bands ?? {}) as Readonly<Record<string, string | null>>;
const audiencesIn = (scene: Scene): readonly string[] => (packIn(scene).audiences ?? []) as readonly string[];
const bare = (name: string): Left => ({ name, as: null });
const listText = (left: readonly Left[]): string => `[${left.map(leftText).join(", ")}]`;
const text = (value: unknown): string => (value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value));

function withPoints(value: number, points: Readonly<Record<string, number>>): string {
  const parts = Object.entries(points).toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  return parts.length === 0 ? String(value) : `${value} = ${parts.map(([rule, one]) => `${one} ${rule}`).join(" + ")}`;
}
