// `tidemark map`: what a mapping makes of a sample body, event by event, before anybody sends real ones. It asks no broker.

import { readFile } from "node:fs/promises";
import { EventMaker, type Made } from "../edge/event-maker.ts";
import { loadMappingFile } from "../edge/load-mapping.ts";
import { readMapped } from "../edge/mapped-body.ts";
import type { Mapping } from "../edge/mapping.ts";
import { limitsOf } from "../flow/frame-event.ts";
import { TidemarkError } from "../model/errors.ts";
import { settingsSchema } from "../model/settings.ts";
import { formatProblems } from "../packs/problems.ts";
import { usage } from "./failure.ts";
import type { SharedFlags } from "./flags.ts";
import { counted, type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const mapVerb: Verb = (program, run) => {
  const command = program
    .command("map")
    .argument("<file>", "a body as it would be posted, JSON; - for stdin")
    .summary("show what a mapping makes of a sample")
    .description("Prints the events that a mapping makes of a body, one a line, and what it makes none of. With mistakes in the mapping it prints those.")
    .requiredOption("--mapping <file>", "the mapping, such as rules/mappings/sendgrid.yaml")
    .option("--json", "machine-readable output")
    .addHelpText(
      "after",
      "\nExample:\n  tidemark map webhook.json --mapping rules/mappings/postmark.yaml\n\nExit: 0 fine, 1 some of it would be dead letters, 2 misuse or mistakes in the mapping.",
    );
  run(command, (terminal, flags, [file = "-"]) => map(terminal, flags, file));
};

async function map(terminal: Terminal, flags: SharedFlags, file: string): Promise<ExitCode> {
  const loaded = loadMappingFile(String(flags.mapping));
  if (!loaded.ok) {
    if (flags.json === true) await writeJson(terminal.stdout, { problems: loaded.problems });
    else for (const line of formatProblems(loaded.problems)) await writeLine(terminal.stdout, line);
    return 2;
  }
  const { events, ignored, rejected } = mapped(await bytesOf(terminal, file), loaded.mapping, file);
  if (flags.json === true) await writeJson(terminal.stdout, { events, ignored, rejected });
  else {
    for (const event of events) await writeLine(terminal.stdout, JSON.stringify(event));
    for (const { index, reason, error } of rejected) await writeLine(terminal.stderr, `item ${index}: ${reason}: ${error}`);
    await writeLine(terminal.stderr, `${counted(events.length, "event")}, ${ignored} ignored, ${counted(rejected.length, "dead letter")}`);
  }
  return rejected.length > 0 ? 1 : 0;
}

/** The edge's own work, but for what only the edge knows: its clock and the ids that it gives. */
function mapped(bytes: Uint8Array, mapping: Mapping, file: string) {
  const body = readMapped(bytes, mapping, Number.POSITIVE_INFINITY);
  if (body.kind === "broken") throw usage(`${file}: ${body.error}`);
  const now = Date.now();
  const maker = new EventMaker(limitsOf(settingsSchema.parse({ created: new Date(now).toISOString() })), () => GIVEN);
  const made = body.elements.map((element, place) => ({
    index: element.index ?? place,
    made: maker.make(element, { type: undefined, level: {}, envelopes: false, receivedMs: now, room: { left: Number.POSITIVE_INFINITY } }),
  }));
  return {
    events: made.flatMap(({ made: one }) => (one.kind === "event" ? [shown(one)] : [])),
    ignored: body.ignored ?? 0,
    rejected: made.flatMap(({ index, made: one }) => (one.kind === "fault" ? [{ index, reason: one.reason, error: one.error }] : [])),
  };
}

const GIVEN = "given by the edge";

function shown({ bytes }: Extract<Made, { kind: "event" }>): Record<string, unknown> {
  const { receivedAt: _, messageId, ...event } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  return messageId === GIVEN ? event : { ...event, messageId };
}

async function bytesOf(terminal: Terminal, file: string): Promise<Uint8Array> {
  try {
    return file === "-" ? Buffer.concat(await terminal.stdin.toArray()) : await readFile(file);
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}
