// `tidemark export CONTACT`: all that a running engine holds of somebody, and what its output stream has about them, as one JSON document
// (docs/privacy.md says what is in it). All contacts of a checkpoint are `inspect --export`.

import { TidemarkError } from "../model/errors.ts";
import { askAsAdmin, saidIn } from "./ask-engine.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readContactKind } from "./option-values.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const exportVerb: Verb = (program, run) => {
  const command = program
    .command("export")
    .summary("print all that is held of a contact")
    .description(
      "Prints as JSON all that the running engine at http.address holds of a contact, and what the output stream has about it. An id that leads to a person gives the person. Needs http.admin_token where the engine has one.",
    )
    .argument("<contact>", "the contact's id")
    .option("--kind <user|anonymous>", "the kind of the id; default user")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark export c_42 > c_42.json\n  tidemark export anon-7 --kind anonymous --json\n\nExit: 0 printed, 1 an unknown contact or no engine, 2 misuse.",
    );
  addSharedFlags(command, ["http.address"]);
  run(command, (terminal, flags, args) => exportContact(terminal, flags, args[0] ?? ""));
};

async function exportContact(terminal: Terminal, flags: SharedFlags, id: string): Promise<ExitCode> {
  const kind = readContactKind(flags.kind);
  const { config } = await configFrom(flags, terminal);
  const answer = await askAsAdmin(config, "GET", `/v1/contacts/${encodeURIComponent(id)}/export?kind=${kind}`);
  if (answer.status === 404) throw new TidemarkError("NO_SUCH_CONTACT", saidIn(answer));
  if (answer.status !== 200) throw new TidemarkError("ENGINE_UNREACHABLE", `the engine cannot answer (${saidIn(answer)})`);
  if (flags.json === true) await writeJson(terminal.stdout, answer.body);
  else await writeLine(terminal.stdout, JSON.stringify(answer.body, null, 2));
  return 0;
}
