#!/usr/bin/env node
// argv -> cli. The one place that ends the process: with the code of the command, once stdout has taken everything. What it
// needs is loaded only when the Node that runs it is new enough, so that an old one gets a line to read and no stack trace.

const OLDEST_NODE = 22;

// `tidemark log dump | head` closes the pipe early, which is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(
    `tidemark: USAGE: this is Node ${process.versions.node}, and ${OLDEST_NODE} or newer is needed. In the repository \`npm run -s tidemark -- …\` brings it.\n`,
  );
  process.exitCode = 2;
} else {
  const { runCommandLine } = await import("./cli/program.ts");
  const { processTerminal } = await import("./cli/terminal.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
}
