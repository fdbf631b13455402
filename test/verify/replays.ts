// `tidemark replay` with files for everything that comes out, and the comparison of two replays, or of a replay with what was
// published: byte for byte.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Bench } from "./bench.ts";
import { must } from "./check.ts";
import { tidemarkJson } from "./command.ts";
import { family, type Published } from "./outputs.ts";

export interface ReplayOptions {
  /** A log dump, or a file of events with the packs to begin its log with. */
  readonly log?: string;
  readonly events?: string;
  readonly packs?: readonly string[];
  readonly until?: string;
  readonly workers?: number;
  readonly batch?: number;
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Replayed {
  readonly name: string;
  readonly transitions: string;
  readonly triggers: string;
  readonly contacts: string;
  readonly digest: string;
  /** The whole of what `--json` printed. */
  readonly summary: Readonly<Record<string, unknown>>;
}

export async function replay(bench: Bench, name: string, options: ReplayOptions): Promise<Replayed> {
  const files = { transitions: bench.file(`${name}.transitions`), triggers: bench.file(`${name}.triggers`), contacts: bench.file(`${name}.contacts`) };
  const outputs = Object.entries(files).flatMap(([kind, file]) => [`--${kind}`, file]);
  const summary = await tidemarkJson(["replay", ...inputArgs(options), ...outputs], {
    ...(options.node ? { node: options.node } : {}),
    env: { TIDEMARK_LOG_LEVEL: "warn", ...options.env },
  });
  const { digest } = summary;
  must(typeof digest === "string" && /^[0-9a-f]{16,}$/.test(digest), `replay ${name}: no digest in its summary`);
  return { name, ...files, digest, summary };
}

function inputArgs(options: ReplayOptions): string[] {
  const input = options.log === undefined ? [options.events ?? ""] : ["--log", options.log];
  const packs = (options.packs ?? []).flatMap((pack) => ["--pack", pack]);
  const until = options.until === undefined ? [] : ["--until", options.until];
  const workers = options.workers === undefined ? [] : ["--workers", String(options.workers)];
  const batch = options.batch === undefined ? [] : ["--batch", String(options.batch)];
  return [...input, ...packs, ...until, ...workers, ...batch];
}

/** The workers and batch sizes that must not make a difference. */
export const combinations = (bench: Bench): { readonly workers: number; readonly batch: number }[] =>
  bench.short
    ? [
        { workers: 1, batch: 10_000 },
        { workers: 2, batch: 7 },
      ]
    : [1, 2, 4].flatMap((workers) => [1, 7, 10_000].map((batch) => ({ workers, batch })));

/** Same files, same digest. */
export function mustBeEqual(one: Replayed, other: Replayed): void {
  for (const kind of ["transitions", "triggers", "contacts"] as const) {
    must(
      hash(one[kind]) === hash(other[kind]),
      `${kind} differ between ${one.name} and ${other.name}: ${firstDifference(lines(one[kind]), lines(other[kind]))}`,
    );
  }
  must(one.digest === other.digest, `state digests differ: ${one.name} ${one.digest}, ${other.name} ${other.digest}`);
}

/** What was published is what the replay gives, body by body. Withheld triggers count where the replay writes them. */
export function mustBePublished(replayed: Replayed, published: readonly Published[]): void {
  const transitions = lines(replayed.transitions);
  const triggers = lines(replayed.triggers);
  const withWithheld = triggers.some((line) => line.includes('"io.tidemark.withheld.'));
  const actions = withWithheld ? published.filter(({ subject }) => !subject.startsWith("tidemark.transitions.")) : family(published, "triggers");
  mustBeSameLines(
    "transitions",
    transitions,
    family(published, "transitions").map(({ body }) => body),
  );
  mustBeSameLines(
    "triggers",
    triggers,
    actions.map(({ body }) => body),
  );
}

function mustBeSameLines(what: string, replayed: readonly string[], published: readonly string[]): void {
  const difference = firstDifference(replayed, published);
  must(difference === undefined, `${what}: ${replayed.length} replayed, ${published.length} published; ${difference}`);
}

export const lines = (file: string): string[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");

const hash = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

function firstDifference(one: readonly string[], other: readonly string[]): string | undefined {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    if (one[index] !== other[index]) return `line ${index + 1}: ${short(one[index])} | ${short(other[index])}`;
  }
  return undefined;
}

const short = (line: string | undefined): string => (line === undefined ? "(nothing)" : line.length > 300 ? `${line.slice(0, 300)}…` : line);

export const describeReplay = (replayed: Replayed): string =>
  `${basename(replayed.name)}: ${lines(replayed.transitions).length} transitions, ${lines(replayed.triggers).length} triggers, ${lines(replayed.contacts).length} contacts`;
