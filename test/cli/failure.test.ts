import { expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.ts";
import { TidemarkError } from "../../src/model/errors.ts";

const plain = { json: false, debug: false };

test("a known failure is its code, what happened, and what to do, in one line with the exit code of its kind", () => {
  const error = new TidemarkError("PORT_TAKEN", "something else listens on 127.0.0.1:8080");
  expect(describeFailure(error, plain)).toEqual({
    exit: 2,
    line: "tidemark: PORT_TAKEN: something else listens on 127.0.0.1:8080. Name another address with --http.",
  });
  expect(describeFailure(new TidemarkError("WORKER_DIED", "worker 1 ended"), plain).exit).toBe(1);
});

test("an unexpected one asks to be reported, in one line, and shows its stack only on request", () => {
  const error = new TypeError("x is not\na function");
  expect(describeFailure(error, plain)).toEqual({
    exit: 1,
    line: "tidemark: UNEXPECTED: x is not a function. This is a mistake in Tidemark: please report it, with what TIDEMARK_DEBUG=1 prints.",
  });
  expect(describeFailure(error, { json: false, debug: true }).line).toContain("failure.test.ts");
});

test("with --json both are objects", () => {
  const json = { json: true, debug: false };
  expect(JSON.parse(describeFailure(new TidemarkError("CAPACITY", "full"), json).line).error).toMatchObject({
    code: "CAPACITY",
    message: "full",
    retry: false,
  });
  expect(JSON.parse(describeFailure("thrown text", json).line).error).toMatchObject({ code: "UNEXPECTED", message: "thrown text" });
});
