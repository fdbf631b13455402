// Bug that mattered (simulator, seed 52132): the broker had lost the end of the log, effects of the lost messages stood in the output,
// and a start without a checkpoint called itself live; the loss showed only when the log had grown past its old end.

import { expect, test } from "vitest";
import { position } from "../../src/model/ids.ts";
import { startMemoryEngine } from "./memory-engine.ts";

test("a start stops when the output holds effects of positions that the log does not have", async () => {
  const first = await startMemoryEngine();
  await first.hit(["ana"]);
  await first.engine.checkpoint();
  await first.hit(["bob"]);
  const sent = first.output.messages.length;
  const { last } = await first.log.state();
  const ended = expect(first.engine.ended).rejects.toMatchObject({ code: "LOG_CHANGED" });
  first.log.loseTail(position(last - 1));
  await ended;
  await expect(startMemoryEngine({ from: first })).rejects.toMatchObject({
    code: "OUTPUT_DIFFERS",
    message: expect.stringContaining(`effects of position ${last}, but TIDEMARK_LOG_memory ends at ${last - 1}`),
  });
  expect(first.output.messages.slice(sent).filter(({ subject }) => !subject.startsWith("tidemark.epoch."))).toEqual([]);
});
