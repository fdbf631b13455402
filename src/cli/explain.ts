// `tidemark explain CONTACT`: why a contact's numbers are what they are, why it stands where it does and not elsewhere, what is
// ahead, and what was published about it. From a running engine over its HTTP, or from a checkpoint. How it is worded is in
// explain-text.ts.

import { join } from "node:path";
import type { Config } from "../app/config.ts";
import type { Why } from "../engine/why/why.ts";
import { TidemarkError } from "../model/errors.ts";
import type { ContactKey, ContactKind } from "../model/ids.ts";
import { partitionOf } from "../model/partition-of.ts";
import { askEngine } from "./ask-engine.ts";
import { type Explained, type Happened, linesOfExplained, type Past } from "./explain-text.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { openGeneration, placeOf } from "./inspect/generation.ts";
import { soundPartitions } from "./inspect/restore.ts";
import { readContactKind, readWholeNumber } from "./option-values.ts";
import { lookBack, type Published } from "./published.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

const DEFAULT_LOOK = 100_000;
/** Of what happened, the newest so many are shown. */
const SHOWN = 50;

export const explainVerb: Verb = (program, run) => {
  const command = program
    .command("explain")
    .summary("say why a contact is where it is")
    .description(
      "Says of a contact each score by rule, why it is in its stage and why not in the next, which deadlines are pending and what each will do, and what was published about it. Asks the running engine at http.address, or with --state the newest checkpoint.",
    )
    .argument("<contact>", "the contact's id")
    .option("--kind <user|anonymous>", "the kind of the id; default user")
    .option("--look <number>", `look through so many of the newest published messages for what happened; default ${DEFAULT_LOOK}, with --state 0`)
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark explain c_42\n  tidemark explain c_42 --http 10.0.0.5:8080 --json\n  tidemark explain anon-7 --kind anonymous --look 0\n  tidemark explain c_42 --state .tidemark/state\n\nExit: 0 explained, 1 an unknown contact or no engine, 2 misuse.",
    );
  addSharedFlags(command, ["http.address", "state", "shard", "nats.url", "nats.creds"]);
  run(command, (terminal, flags, args) => explain(terminal, flags, args[0] ?? ""));
};

async function explain(terminal: Terminal, flags: SharedFlags, id: string): Promise<ExitCode> {
  const kind = readContactKind(flags.kind);
  const fromState = flags.state !== undefined;
  const look = readWholeNumber("--look", flags.look, { from: 0 }) ?? (fromState ? 0 : DEFAULT_LOOK);
  const { config } = await configFrom(flags, terminal);
  const key: ContactKey = { kind, id };
  const contact = fromState ? await fromCheckpoint(config, key) : await fromEngine(config, key);
  if (contact === undefined) throw new TidemarkError("NO_SUCH_CONTACT", `no ${kind} contact has the id "${id}"`);
  const past = look === 0 ? null : await pastOf(config, key, look);
  if (flags.json === true) await writeJson(terminal.stdout, { ...contact, past });
  else for (const line of linesOfExplained(contact, past)) await writeLine(terminal.stdout, line);
  return 0;
}

const fromEngine = async (config: Config, { kind, id }: ContactKey): Promise<Explained | undefined> =>
  (await askEngine(config, `/v1/contacts/${encodeURIComponent(id)}?kind=${kind}&why=true`)) as (Explained & { why: Why }) | undefined;

/** As of the checkpoint's log time. */
async function fromCheckpoint(config: Config, key: ContactKey): Promise<Explained | undefined> {
  const opened = await openGeneration(await placeOf(join(config.state, config.shard)));
  try {
    const partition = partitionOf(key.id);
    for await (const { fold } of soundPartitions(opened, { only: partition })) {
      const text = fold.contact(key, partition, { why: true });
      if (text !== null) return JSON.parse(text) as Explained;
    }
    return undefined;
  } finally {
    await opened.close();
  }
}

async function pastOf(config: Config, { id, kind }: ContactKey, most: number): Promise<Past> {
  const happened: Happened[] = [];
  const looked = await lookBack(config, most, id, (event, subject) => {
    const found = happening(event, subject, id, kind);
    if (found === undefined) return;
    happened.push(found);
    if (happened.length > SHOWN) happened.shift();
  });
  return { ...looked, happened };
}

function happening({ subject, time, data }: Published, published: string, id: string, kind: ContactKind): Happened | undefined {
  if (subject !== id || (data?.contact?.kind !== undefined && data.contact.kind !== kind)) return undefined;
  const family = /^tidemark\.(transitions|triggers|withheld|outcomes)\./.exec(published)?.[1];
  return family === undefined || data === undefined ? undefined : { family, time: time ?? "", pack: String(data["pack"] ?? ""), data };
}
