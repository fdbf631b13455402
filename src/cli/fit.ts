// `tidemark fit`: parameters of customer value, estimated from what people bought. From a file of events, which is replayed under
// a pack with a `value:` block, or from contacts as `replay --contacts` and `inspect --export` write them (a checkpoint's).

import { createInterface } from "node:readline";
import { type Fitted, fitBgNbd, fitGammaGamma } from "../app/fit.ts";
import { messagesOfEvents, replay, timeOf } from "../app/replay.ts";
import { wholeSettings } from "../app/settings.ts";
import { TidemarkError } from "../model/errors.ts";
import type { BgNbd, GammaGamma, PurchaseHistory } from "../packs/value-model.ts";
import { usage } from "./failure.ts";
import { openInput } from "./files.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readMoment } from "./option-values.ts";
import { loadPacks } from "./pack-files.ts";
import { type Terminal, table, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const fitVerb: Verb = (program, run) => {
  const command = program
    .command("fit")
    .summary("estimate the parameters of customer value")
    .description("Estimates the parameters of `value:` (BG/NBD and Gamma-Gamma) by maximum likelihood, and prints them as a pack takes them.")
    .argument(
      "<file>",
      "NDJSON file of events, to be replayed under --pack; or of contacts, as `replay --contacts` or `inspect --export` writes them; - for stdin",
    )
    .option("--until <time>", "with events: the moment at which everyone is looked at; default: the last event")
    .option("--of <pack>", "name of the pack whose `value:` is meant; default: the only one that has one")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark fit orders.ndjson --pack rules/shop.yaml --until 2026-09-30\n  tidemark inspect --export | tidemark fit -\n\nExit: 0 estimated, 1 it did not converge or there is nothing to estimate from, 2 misuse.",
    );
  addSharedFlags(command, ["packs"]);
  run(command, (terminal, flags, args) => printFit(terminal, flags, args[0] as string));
};

async function printFit(terminal: Terminal, flags: SharedFlags, file: string): Promise<ExitCode> {
  const untilMs = readMoment("--until", flags.until);
  const lines = createInterface({ input: await openInput(file, terminal), crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new TidemarkError("FILE_UNREADABLE", `${file} is empty.`);
  const histories: PurchaseHistory[] = [];
  const take = (text: string): void => void histories.push(...historiesIn(text, flags.of as string | undefined, file));
  if (isContact(first.value)) {
    take(first.value);
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) if (line.value.trim() !== "") take(line.value);
  } else await replayed(terminal, flags, { first: first.value, lines, untilMs: untilMs ?? null, take });
  return report(terminal, flags, { bgNbd: fitBgNbd(histories), gammaGamma: fitGammaGamma(histories), histories });
}

interface Events {
  readonly first: string;
  readonly lines: AsyncIterator<string>;
  readonly untilMs: number | null;
  readonly take: (text: string) => void;
}

async function replayed(terminal: Terminal, flags: SharedFlags, { first, lines, untilMs, take }: Events): Promise<void> {
  const { config } = await configFrom(flags, terminal);
  const packs = loadPacks(config.packs);
  if (!packs.some(({ value }) => value !== null)) throw usage("none of the packs has a `value:` block: it says which event is a purchase");
  async function* all(): AsyncGenerator<string, void, void> {
    yield first;
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) yield line.value;
  }
  const settings = wholeSettings({ ...config, clock: "event" }, timeOf(first) ?? 0);
  const messages = messagesOfEvents(all(), settings, packs, null, untilMs, Date.now());
  await replay({ messages, shard: settings.shard, packs, workers: 1, batchEvents: config.batch.events, onContact: take });
}

interface ContactLine {
  readonly packs: Readonly<Record<string, { readonly value?: (PurchaseHistory & Record<string, unknown>) | null }>>;
}

const isContact = (line: string): boolean => /^\s*\{\s*"contact"\s*:\s*\{/.test(line);

/** The history of one contact; none where it has bought nothing. Throws where two packs could be meant. */
function historiesIn(line: string, of: string | undefined, file: string): PurchaseHistory[] {
  const { packs } = parsed(line, file);
  const found = Object.entries(packs).filter(([name, pack]) => pack.value !== undefined && (of === undefined || name === of));
  if (found.length > 1) throw usage(`${found.map(([name]) => name).join(" and ")} have a \`value:\` each: name one with --of`);
  if (found.length === 0) throw usage(of === undefined ? "no pack of these contacts has a `value:` block" : `no pack called ${of} has a \`value:\` block`);
  return found.flatMap(([, { value }]) => value ?? []);
}

function parsed(line: string, file: string): ContactLine {
  try {
    return JSON.parse(line) as ContactLine;
  } catch {
    throw new TidemarkError("FILE_UNREADABLE", `${file}: a line is not JSON.`);
  }
}

interface Found {
  readonly bgNbd: Fitted<BgNbd> | null;
  readonly gammaGamma: Fitted<GammaGamma> | null;
  readonly histories: readonly PurchaseHistory[];
}

async function report(terminal: Terminal, flags: SharedFlags, { bgNbd, gammaGamma, histories }: Found): Promise<ExitCode> {
  const fitted = bgNbd?.converged === true && gammaGamma?.converged !== false;
  if (flags.json === true) await writeJson(terminal.stdout, { customers: histories.length, bgNbd, gammaGamma });
  else for (const line of described(histories.length, bgNbd, gammaGamma)) await writeLine(terminal.stdout, line);
  return fitted ? 0 : 1;
}

function described(customers: number, bgNbd: Found["bgNbd"], gammaGamma: Found["gammaGamma"]): string[] {
  if (bgNbd === null) return [`${customers} customers, of whom nobody has bought again: there is nothing to estimate from`];
  const rows = [["bg_nbd", bgNbd] as const, ["gamma_gamma", gammaGamma] as const].flatMap(([name, of]) =>
    of === null
      ? []
      : [
          [
            name,
            `${of.customers} customers`,
            `log-likelihood ${of.logLikelihood.toFixed(1)}`,
            `${of.converged ? "converged" : "NOT converged"} after ${of.iterations} steps`,
          ],
        ],
  );
  const parameters = (of: object): string =>
    Object.entries(of)
      .map(([name, value]) => `${name}: ${Number((value as number).toPrecision(6))}`)
      .join(", ");
  return [
    ...table(rows),
    "",
    `  bg_nbd: { ${parameters(bgNbd.parameters)} }`,
    ...(gammaGamma === null ? [] : [`  gamma_gamma: { ${parameters(gammaGamma.parameters)} }`]),
  ];
}
