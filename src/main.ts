#!/usr/bin/env node
// argv -> cli. The one place that ends the process: with the code of the command, once stdout has taken everything.

import { runCommandLine } from "./cli/program.ts";
import { processTerminal } from "./cli/terminal.ts";

// `tidemark log dump | head` closes the pipe early, which is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
