// `tidemark gaps`: where a business says nothing. Places against channels, places and steps without a trigger; and from a running
// engine, as far as one answers, how many contacts stand where, and which triggers have not fired for 30 days.

import type { Config } from "../app/config.ts";
import type { StagesView } from "../model/status.ts";
import { gapsOf } from "../packs/check/gaps.ts";
import type { PackDefinition } from "../packs/definition.ts";
import { askEngine } from "./ask-engine.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { type GapReport, isBehind, linesOfGaps } from "./gaps-text.ts";
import { readWholeNumber } from "./option-values.ts";
import { loadPacks } from "./pack-files.ts";
import { type Looked, lookBack } from "./published.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

const DEFAULT_LOOK = 500_000;
const DEFAULT_DAYS = 30;
/** Counting millions of contacts beside live events can take longer than an engine lets one answer take. */
const COUNT_PATIENCE_MS = 60_000;
const DAY_MS = 86_400_000;

export const gapsVerb: Verb = (program, run) => {
  const command = program
    .command("gaps")
    .summary("show where packs say nothing")
    .description(
      "Shows stages and segments against channels, places and moves without a trigger, triggers that have not fired lately, and between which stages contacts stop. Without an engine (--offline) it says what the packs alone give away.",
    )
    .option("--days <number>", `a trigger that has not fired for so many days is a gap; default ${DEFAULT_DAYS}`)
    .option("--look <number>", `look through so many of the newest published messages; default ${DEFAULT_LOOK}`)
    .option("--offline", "ask neither an engine nor a broker")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark gaps\n  tidemark gaps --pack rules/b2b-funnel.yaml --offline\n  tidemark gaps --days 90 --json\n\nExit: 0 no gaps, 1 gaps found, or no engine, 2 misuse.",
    );
  addSharedFlags(command, ["packs", "http.address", "shard", "nats.url", "nats.creds"]);
  run(command, (terminal, flags) => gaps(terminal, flags));
};

async function gaps(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const days = readWholeNumber("--days", flags.days, { from: 1 }) ?? DEFAULT_DAYS;
  const look = readWholeNumber("--look", flags.look, { from: 1 }) ?? DEFAULT_LOOK;
  const { config } = await configFrom(flags, terminal);
  const packs = loadPacks(config.packs);
  const live = flags.offline === true ? null : await ask(config, packs, look, days);
  const reports = packs.map((pack): GapReport => ({ ...gapsOf(pack), ...lastingOf(pack, live) }));
  if (flags.json === true) await writeJson(terminal.stdout, { packs: reports, days, looked: live?.looked ?? null });
  else for (const line of linesOfGaps(reports, days, live?.looked ?? null, live !== null && reachesBack(live))) await writeLine(terminal.stdout, line);
  return reports.some(hasGap) ? 1 : 0;
}

const hasGap = ({ unserved, silentMoves, unfired, targets }: GapReport): boolean =>
  unserved.length + silentMoves.length + (unfired?.length ?? 0) > 0 || Object.values(targets ?? {}).some(isBehind);

interface Live {
  readonly stages: StagesView;
  /** `pack/trigger` -> ms of the newest. */
  readonly fired: ReadonlyMap<string, number>;
  /** `pack/from/to` -> steps. */
  readonly steps: ReadonlyMap<string, number>;
  readonly looked: Looked;
  readonly oldestMs: number;
}

async function ask(config: Config, packs: readonly PackDefinition[], look: number, days: number): Promise<Live> {
  const stages = (await askEngine(config, "/v1/stages", COUNT_PATIENCE_MS)) as StagesView;
  const fired = new Map<string, number>();
  const steps = new Map<string, number>();
  const known = new Set(packs.map(({ name }) => name));
  let newestMs = 0;
  const looked = await lookBack(config, look, null, ({ time, data }, subject) => {
    const [, family] = subject.split(".");
    const pack = String(data?.["pack"] ?? "");
    const at = Date.parse(time ?? "");
    if (!known.has(pack) || !Number.isFinite(at)) return;
    newestMs = Math.max(newestMs, at);
    if (family === "triggers") fired.set(`${pack}/${data?.["trigger"]}`, at);
    else if (family === "transitions" && data?.["axis"] === "stage") {
      const step = `${pack}/${data["from"]}/${data["to"]}`;
      steps.set(step, (steps.get(step) ?? 0) + 1);
    }
  });
  // Age counts from the newest that was published: log time, not this machine's clock.
  return { stages, fired, steps, looked, oldestMs: newestMs - days * DAY_MS };
}

const reachesBack = ({ looked, oldestMs }: Live): boolean => looked.since !== null && Date.parse(looked.since) <= oldestMs;

function lastingOf(pack: PackDefinition, live: Live | null): Pick<GapReport, "notLive" | "contacts" | "unfired" | "edges" | "targets"> {
  const unknown = { contacts: null, unfired: null, edges: null, targets: null };
  if (live === null) return { notLive: null, ...unknown };
  const counts = live.stages.packs[pack.name];
  // Nobody stands in a pack that does not run, and nothing of it can have fired: numbers would say that it runs badly.
  if (counts === undefined) return { notLive: Object.keys(live.stages.packs), ...unknown };
  const order = pack.stages?.order ?? [];
  return {
    notLive: null,
    contacts: Object.fromEntries([
      ...Object.entries(counts.stages).map(([name, count]) => [`stage ${name}`, count]),
      ...Object.entries(counts.segments).map(([name, count]) => [`segment ${name}`, count]),
    ]),
    unfired: pack.triggers
      .filter(({ name }) => !((live.fired.get(`${pack.name}/${name}`) ?? Number.NEGATIVE_INFINITY) >= live.oldestMs))
      .map(({ name }) => name),
    targets: counts.targets ?? null,
    edges: order.slice(1).map((to, index) => {
      const from = order[index] as string;
      return { from, to, standing: counts.stages[from] ?? 0, steps: live.steps.get(`${pack.name}/${from}/${to}`) ?? 0 };
    }),
  };
}
