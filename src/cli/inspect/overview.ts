// What `inspect` says of a state folder without being asked for more: its generations, and what the newest one holds. Pages are
// verified on the way because the bytes are read anyway; whether they restore is `--verify`'s question.

import { PARTITION_COUNT } from "../../model/ids.ts";
import { table } from "../terminal.ts";
import { type Generation, generationsOf, OpenGeneration, openGeneration, type Place } from "./generation.ts";
import { duplicatesReachMs, type Glance, glanceAt, packsOf, settingsIn } from "./partition.ts";

export type GenerationView = FinishedView | { readonly generation: number; readonly state: "unfinished" | "damaged"; readonly reason: string };

export interface FinishedView {
  readonly generation: number;
  readonly state: "finished";
  readonly position: number;
  readonly logTime: string;
  readonly taken: string;
  readonly engine: string;
  readonly bytes: number;
  readonly shard: string;
  readonly log: { readonly stream: string; readonly created: string };
  readonly output: { readonly stream: string; readonly sequence: number; readonly lastEffect: string | null };
  readonly packs: readonly { readonly name: string; readonly version: number }[];
  /** null where this version cannot tell: another format, or damage. */
  readonly contacts: number | null;
  readonly partitions: readonly { readonly partition: number; readonly contacts: number | null; readonly bytes: number }[];
  readonly duplicatesReachMs: number | null;
  readonly duplicatesWindowMs: number | null;
  readonly counters: Readonly<Record<string, number>>;
  /** Partitions that are damaged, each with what is wrong. */
  readonly damage: readonly string[];
}

const UNFINISHED = "being written or removed now, or cut short: a start takes no notice of it";

/** The newest first. */
export async function viewGenerations(place: Place): Promise<readonly GenerationView[]> {
  const views: GenerationView[] = [];
  for (const generation of await generationsOf(place)) {
    const view = await viewOf(place.folder, generation);
    if (view !== undefined) views.push(view);
  }
  return views;
}

/** What a start would go on from; undefined where nothing was finished yet. Throws STATE_DAMAGED where its manifest is damaged. */
export async function viewNewest(folder: string): Promise<FinishedView | undefined> {
  const place = { folder, generation: undefined };
  if ((await generationsOf(place)).every((generation) => generation.kind === "unfinished")) return undefined;
  const opened = await openGeneration(place);
  try {
    return await viewFinished(opened);
  } finally {
    await opened.close();
  }
}

export const isSound = (view: GenerationView): boolean => view.state === "unfinished" || (view.state === "finished" && view.damage.length === 0);

async function viewOf(folder: string, found: Generation): Promise<GenerationView | undefined> {
  const { generation } = found;
  if (found.kind === "unfinished") return { generation, state: "unfinished", reason: UNFINISHED };
  if (found.kind === "damaged") return { generation, state: "damaged", reason: found.reason };
  const opened = await OpenGeneration.open(folder, generation, found.manifest);
  if (opened === undefined) return undefined;
  try {
    return await viewFinished(opened);
  } finally {
    await opened.close();
  }
}

async function viewFinished(opened: OpenGeneration): Promise<FinishedView> {
  const { generation, manifest } = opened;
  const damage: string[] = [];
  const glances = new Map<number, Glance>();
  for (const file of manifest.files) {
    const read = await opened.read(file);
    if (!read.ok) damage.push(read.reason);
    const glance = read.ok ? glanceAt(read.bytes) : undefined;
    if (glance !== undefined) glances.set(file.partition, glance);
  }
  const whole = glances.size === manifest.files.length;
  const settings = settingsIn(manifest.records);
  return {
    generation,
    state: "finished",
    position: manifest.log.position,
    logTime: new Date(manifest.logTimeMs).toISOString(),
    taken: manifest.createdAt,
    engine: manifest.engine,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    shard: manifest.shard,
    log: { stream: manifest.log.stream, created: new Date(manifest.log.createdMs).toISOString() },
    output: { stream: manifest.output.stream, sequence: manifest.output.sequence, lastEffect: manifest.output.identity },
    packs: packsOf(manifest.records),
    contacts: whole ? [...glances.values()].reduce((sum, { contacts }) => sum + contacts, 0) : null,
    partitions: manifest.files.map(({ partition, bytes }) => ({ partition, contacts: glances.get(partition)?.contacts ?? null, bytes })),
    duplicatesReachMs: whole && settings !== undefined ? duplicatesReachMs([...glances.values()], settings, manifest.logTimeMs) : null,
    duplicatesWindowMs: settings?.duplicates.window_ms ?? null,
    counters: manifest.counters,
    damage,
  };
}

/** As text: a line for each generation, and more of the newest finished one. */
export function describeGenerations(folder: string, views: readonly GenerationView[]): readonly string[] {
  if (views.length === 0) return [`${folder} holds no checkpoint: a start reads the log from its beginning`];
  const newest = views.find((view) => view.state === "finished");
  return [...table([HEADINGS, ...views.map(rowOf)]), ...(newest === undefined ? [] : ["", ...detailsOf(newest)])];
}

const HEADINGS = ["generation", "position", "log time", "taken", "engine", "size", "contacts", ""] as const;

function rowOf(view: GenerationView): readonly string[] {
  const number = String(view.generation);
  if (view.state !== "finished") return [number, "", "", "", "", "", "", `${view.state}: ${view.reason}`];
  const { position, logTime, taken, engine, bytes, contacts, damage } = view;
  const remark = damage.length === 0 ? "" : `damaged: ${damage[0]}${damage.length === 1 ? "" : `, and ${damage.length - 1} more`}`;
  return [number, String(position), logTime, taken, engine, sizeOf(bytes), contacts === null ? "?" : String(contacts), remark];
}

function detailsOf(view: FinishedView): readonly string[] {
  const { output, duplicatesReachMs: reach, counters } = view;
  const rows = [
    ["log", `${view.log.stream}, created ${view.log.created}`],
    ["output", `${output.stream} at ${output.sequence}, last effect ${output.lastEffect ?? "none"}`],
    ["packs", view.packs.map(({ name, version }) => `${name} version ${version}`).join(", ") || "none"],
    ["duplicates", reach === null ? "not known" : `message ids are surely remembered for ${durationOf(reach)} of log time`],
    [
      "counters",
      Object.entries(counters)
        .map(([name, count]) => `${name} ${count}`)
        .join(", ") || "none",
    ],
  ];
  return [`generation ${view.generation} of shard ${view.shard}`, ...table(rows).map(indented), ...partitionsOf(view).map(indented)];
}

const indented = (line: string): string => `  ${line}`;
const PARTITIONS_A_LINE = 16;

function partitionsOf({ partitions }: FinishedView): readonly string[] {
  const counts = new Map(partitions.map(({ partition, contacts }) => [partition, contacts === null ? "?" : String(contacts)]));
  const width = Math.max(...[...counts.values()].map((count) => count.length), 1);
  const lines = ["contacts by partition"];
  for (let first = 0; first < PARTITION_COUNT; first += PARTITIONS_A_LINE) {
    const cells = Array.from({ length: PARTITIONS_A_LINE }, (_, i) => (counts.get(first + i) ?? "-").padStart(width));
    lines.push(`${String(first).padStart(4)}  ${cells.join(" ")}`);
  }
  return lines;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** `24 h`, `3 d`, `90 min`: in the largest unit of which it is at least two. */
export function durationOf(ms: number): string {
  const [unit, of] = UNITS.find(([, size]) => ms >= 2 * size) ?? ["s", 1000];
  return `${Math.round((ms / of) * 10) / 10} ${unit}`;
}

const KB = 1024;

export function sizeOf(bytes: number): string {
  if (bytes >= KB ** 3) return `${(bytes / KB ** 3).toFixed(1)} GB`;
  return bytes >= KB ** 2 ? `${(bytes / KB ** 2).toFixed(1)} MB` : `${Math.ceil(bytes / KB)} kB`;
}
