// The command line: which verbs there are, and how one of them ends. Every verb is a file of its own that declares its
// options and calls one function; this file gives them a terminal and turns whatever goes wrong into one line and an exit code:
// 0 fine, 1 a finding, 2 misuse.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { debugWanted } from "../app/config.ts";
import { checkVerb } from "./check.ts";
import { configVerb } from "./config.ts";
import { deadVerb } from "./dead.ts";
import { demoVerb } from "./demo.ts";
import { doctorVerb } from "./doctor/doctor.ts";
import { edgeVerb } from "./edge.ts";
import { explainVerb } from "./explain.ts";
import { exportVerb } from "./export.ts";
import { describeFailure } from "./failure.ts";
import { feedVerb } from "./feed.ts";
import { fitVerb } from "./fit.ts";
import type { SharedFlags } from "./flags.ts";
import { forgetVerb } from "./forget.ts";
import { gapsVerb } from "./gaps.ts";
import { inspectVerb } from "./inspect/inspect.ts";
import { logVerb } from "./log-dump.ts";
import { mapVerb } from "./map.ts";
import { replayVerb } from "./replay.ts";
import { runVerb } from "./run.ts";
import { type Terminal, writeLine } from "./terminal.ts";
import { testVerb } from "./test.ts";
import type { Action, ExitCode, Verb } from "./verb.ts";

const VERBS: readonly Verb[] = [
  runVerb,
  demoVerb,
  feedVerb,
  edgeVerb,
  mapVerb,
  checkVerb,
  explainVerb,
  gapsVerb,
  testVerb,
  replayVerb,
  inspectVerb,
  fitVerb,
  doctorVerb,
  deadVerb,
  forgetVerb,
  exportVerb,
  configVerb,
  logVerb,
];

/** Runs one command line (without node and script). Resolves with the exit code and never rejects. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const program = createProgram(terminal, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // No command was named: what commander says then is the help itself.
    return error instanceof CommanderError && error.code === "commander.help" ? 2 : fail(error, args, terminal);
  }
}

async function fail(error: unknown, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  const failure = describeFailure(error, { json: options.includes("--json"), debug: debugWanted() });
  await writeLine(terminal.stderr, failure.line);
  return failure.exit;
}

function createProgram(terminal: Terminal, ended: (code: ExitCode) => void): Command {
  const program = new Command("tidemark")
    .description("Keeps every contact's scores, segments and lifecycle stage in memory, event by event, and publishes a trigger the moment it matters.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", "\nExit: 0 fine, 1 a finding, 2 misuse. Every command takes --json. `tidemark <command> --help` has examples.");
  for (const verb of VERBS) verb(program, (command, action) => bind(command, action, terminal, ended));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) quieten(command, terminal);
  return program;
}

function bind(command: Command, action: Action, terminal: Terminal, ended: (code: ExitCode) => void): void {
  command.action(async () => ended(await action(terminal, command.opts<SharedFlags>(), command.args)));
}

/** Commander throws instead of ending the process, and says nothing itself but help and version. */
function quieten(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
    });
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return text;
}
