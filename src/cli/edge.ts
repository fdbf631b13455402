// `tidemark edge`: the HTTP edge alone, until it is asked to stop.

import { createLog } from "../app/log.ts";
import { serveEdge } from "../app/serve-edge.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { loadMappings } from "./mapping-files.ts";
import { untilStopRequest } from "./signals.ts";
import { type Terminal, writeJson } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const edgeVerb: Verb = (program, run) => {
  const command = program
    .command("edge")
    .summary("take events over HTTP")
    .description(
      "Takes events over HTTP as Segment's API has them, and stores them in a shard's log. `tidemark run` does so as well, at the same address as its other pages; this is for an edge in a process of its own. docs/edge.md says more.",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark edge --http 127.0.0.1:8090\n  TIDEMARK_EDGE_WRITE_KEYS=web-1,app-1 tidemark edge --http 0.0.0.0:8090 --nats nats://10.0.0.5:4222\n\nCtrl-C or SIGTERM: a clean stop; what was taken is answered first. Exit: 0 stopped as asked, 1 it could not go on, 2 misuse.",
    );
  addSharedFlags(command, ["nats.url", "nats.creds", "shard", "http.address", "log.level"]);
  run(command, edge);
};

async function edge(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const { config } = await configFrom(flags, terminal);
  const logger = createLog({ level: config.log.level, format: config.log.format });
  const url = await untilStopRequest(async (signal) => {
    const serving = await serveEdge(config, loadMappings(config.edge.mappings), logger);
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await serving.stop();
    return serving.http.url;
  });
  if (flags.json === true) await writeJson(terminal.stdout, { http: url, stopped: true });
  return 0;
}
