// `tidemark doctor`: is this machine, this broker and this shard fit to run? Each line says what was looked at, how it is,
// and where it is not well what to do. It only looks: nothing is created, changed or deleted.

import { CASE_NAMES, type Statement } from "../../app/guarantee.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "../flags.ts";
import { type Terminal, table, writeJson, writeLine } from "../terminal.ts";
import type { ExitCode, Verb } from "../verb.ts";
import { checkBroker } from "./broker.ts";
import type { Finding } from "./finding.ts";
import { checkMachine } from "./machine.ts";

export const doctorVerb: Verb = (program, run) => {
  const command = program
    .command("doctor")
    .summary("look whether everything is fit to run")
    .description(
      "Looks at the machine, the rule packs and the policy, the state folder, the broker and the shard's streams, and says what to do where something is not well, and what holds with such a broker when something dies. Changes nothing.",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark doctor\n  tidemark doctor --nats nats://broker:4222 --shard eu --json\n\nExit: 0 fit to run (warnings included), 1 something fails, 2 misuse.",
    );
  addSharedFlags(command, ["nats.url", "nats.creds", "shard", "packs", "policy", "state"]);
  run(command, (terminal, flags) => doctor(terminal, flags));
};

async function doctor(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const { config } = await configFrom(flags, terminal);
  const machine = await checkMachine(config);
  const broker = await checkBroker(config);
  const findings = [...machine, ...broker.findings];
  const failed = findings.filter((finding) => finding.level === "fail").length;
  if (flags.json === true) await writeJson(terminal.stdout, { ok: failed === 0, findings, guarantee: broker.guarantee });
  else await print(terminal, findings, broker.guarantee ?? [], failed);
  return failed > 0 ? 1 : 0;
}

async function print(terminal: Terminal, findings: readonly Finding[], guarantee: readonly Statement[], failed: number): Promise<void> {
  const rows = findings.map(({ level, what, detail, todo }) => [level, what, todo === null ? detail : `${detail}. ${todo}`]);
  for (const line of table(rows)) await writeLine(terminal.stdout, line);
  if (guarantee.length > 0) await writeLine(terminal.stdout, "\nWhat holds with this broker:");
  for (const line of table(guarantee.map((statement) => [statement.holds, CASE_NAMES[statement.case], statement.text]))) await writeLine(terminal.stdout, line);
  const warnings = findings.filter((finding) => finding.level === "warn").length;
  await writeLine(terminal.stdout, `\n${failed === 0 ? "fit to run" : `${failed} to mend`}${warnings === 0 ? "" : `, ${warnings} to know`}`);
}
