import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { untilStopRequest } from "../../src/cli/signals.ts";

function pressed() {
  const [emitter, exits] = [new EventEmitter(), [] as number[]];
  const clock = { ms: 1000 };
  const at = (ms: number, name: string): void => {
    clock.ms = 1000 + ms;
    emitter.emit(name);
  };
  return { source: { emitter, now: () => clock.ms, exit: (code: number) => exits.push(code) }, exits, at };
}

test("the first signal asks for a clean stop and ends nothing", async () => {
  const { source, exits, at } = pressed();
  await untilStopRequest(async (signal) => {
    expect(signal.aborted).toBe(false);
    at(0, "SIGTERM");
    expect(signal.aborted).toBe(true);
  }, source);
  expect(exits).toEqual([]);
});

test("the same Ctrl-C arriving again through npm is ignored, a later one ends the process at once", async () => {
  const { source, exits, at } = pressed();
  await untilStopRequest(async () => {
    at(0, "SIGINT");
    at(299, "SIGINT");
    expect(exits).toEqual([]);
    at(300, "SIGINT");
    at(900, "SIGTERM");
  }, source);
  expect(exits).toEqual([130, 143]);
});

test("afterwards the signals do again what they did before, however it ended", async () => {
  const { source } = pressed();
  await expect(untilStopRequest(() => Promise.reject(new Error("boom")), source)).rejects.toThrow("boom");
  expect(source.emitter.listenerCount("SIGINT") + source.emitter.listenerCount("SIGTERM")).toBe(0);
});
