import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { listenForStop } from "../../src/cli/signals.ts";

function pressed() {
  const [emitter, exits] = [new EventEmitter(), [] as number[]];
  const clock = { ms: 1000 };
  const stop = listenForStop({ emitter, now: () => clock.ms, exit: (code) => exits.push(code) });
  const at = (ms: number, name: string): void => {
    clock.ms = 1000 + ms;
    emitter.emit(name);
  };
  return { stop, emitter, exits, at };
}

test("the first signal asks for a clean stop and ends nothing", () => {
  const { stop, exits, at } = pressed();
  expect(stop.signal.aborted).toBe(false);
  at(0, "SIGTERM");
  expect([stop.signal.aborted, exits]).toEqual([true, []]);
});

test("the same Ctrl-C arriving again through npm is ignored, a later one ends the process at once", () => {
  const { exits, at } = pressed();
  at(0, "SIGINT");
  at(299, "SIGINT");
  expect(exits).toEqual([]);
  at(300, "SIGINT");
  at(900, "SIGTERM");
  expect(exits).toEqual([130, 143]);
});

test("given back, the signals do again what they did before", () => {
  const { stop, emitter } = pressed();
  stop[Symbol.dispose]();
  expect(emitter.listenerCount("SIGINT") + emitter.listenerCount("SIGTERM")).toBe(0);
});
