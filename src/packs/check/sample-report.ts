// What a sample of messages gives away about a pack (`check --against`): events that never occur, properties that are not there
// or of another kind, each with the nearest name that is there. A sample may be small, so all of it is a warning; a part of
// the pack that no message reached is not judged.

import type { PackDefinition } from "../definition.ts";
import { listed } from "../fields.ts";
import { nearest } from "../nearest.ts";
import { type Finding, FindingList } from "./findings.ts";
import type { EventCount, Reading, Sample } from "./sample.ts";

export interface Comparison {
  readonly messages: number;
  /** Lines that are no message. */
  readonly unread: number;
  /** Event of the pack -> messages that are it. */
  readonly events: Readonly<Record<string, number>>;
  /** Tracks that no event of the pack takes, the most frequent first. */
  readonly unused: readonly string[];
  readonly findings: readonly Finding[];
}

export function compareWithSample(pack: PackDefinition, file: string, sample: Sample): Comparison {
  const found = new FindingList(pack, file);
  if (sample.messages > 0) for (const count of sample.events) tellEvent(count, sample, found);
  for (const { reading } of sample.traits) tellReading(reading, found);
  return {
    messages: sample.messages,
    unread: sample.unread,
    events: Object.fromEntries(sample.events.map(({ event, held }) => [event.name, held])),
    unused: unusedTracks(pack, sample),
    findings: found.sorted(),
  };
}

function tellEvent(count: EventCount, sample: Sample, found: FindingList): void {
  const { event, named, held } = count;
  const path = ["events", event.name];
  for (const { type, names } of event.match)
    for (const name of names ?? []) {
      if (sample.names.get(type)?.has(name) === true) continue;
      const near = nearest(name, sample.names.get(type)?.keys() ?? []);
      found.warning(
        path,
        "never-occurs",
        `event \`${event.name}\`: no ${type} is called \`${name}\` in ${messages(sample.messages)}`,
        near === null ? `there is no name like it; is it sent as something else than a ${type}?` : `did you mean \`${near}\`?`,
      );
    }
  if (named > 0 && held === 0)
    found.warning(
      [...path, "where"],
      "where-never-holds",
      `event \`${event.name}\`: its \`where\` holds for none of ${among(named)}`,
      "see what the messages have there",
    );
  for (const reading of count.readings) tellReading(reading, found);
}

function tellReading({ reader, asked, present, fitting, kinds, beside }: Reading, found: FindingList): void {
  if (asked === 0) return;
  const path = reader.path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
  if (present === 0) {
    const near = nearest(String(reader.path.at(-1)), beside);
    const keys = [...beside].slice(0, 8);
    const hint = near !== null ? `did you mean \`${near}\`?` : keys.length > 0 ? `there are ${listed(keys)}` : "nothing stands around it either";
    found.warning(reader.at, "property-missing", `${reader.what}: \`${path}\` is in none of ${among(asked)}`, hint);
  } else if (fitting === 0) {
    const there = [...kinds.keys()].map((kind) => (kind === "nothing" ? kind : `a ${kind}`)).join(" or ");
    found.warning(
      reader.at,
      "property-of-another-kind",
      `${reader.what}: \`${path}\` is ${there} in ${messages(present)}, never a ${reader.wanted}`,
      "name another property, or have it sent as one",
    );
  }
}

const among = (count: number): string => (count === 1 ? "the one message" : messages(count));
const messages = (count: number): string => `${count} ${count === 1 ? "message" : "messages"}`;

const MOST_UNUSED = 50;

function unusedTracks(pack: PackDefinition, sample: Sample): readonly string[] {
  const taken = new Set(pack.events.flatMap(({ match }) => match.flatMap(({ type, names }) => (type === "track" ? (names ?? []) : []))));
  const tracks = [...(sample.names.get("track") ?? [])].filter(([name]) => !taken.has(name));
  return tracks
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_UNUSED)
    .map(([name]) => name);
}
