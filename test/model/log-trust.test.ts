import { describe, expect, test } from "vitest";
import { epochMs, position } from "../../src/model/ids.ts";
import type { LogMessage, LogState } from "../../src/model/log.ts";
import { distrust, firstMark, markOf } from "../../src/model/log-trust.ts";

const CREATED = epochMs(1000);
const message = (text = "hit"): LogMessage => ({
  position: position(5),
  storedMs: epochMs(2000),
  subject: "tidemark.log.0.event.x",
  contentType: "",
  data: Buffer.from(text),
});
const state = (change: Partial<LogState> = {}): LogState => ({ stream: "LOG", createdMs: CREATED, first: position(1), last: position(9), ...change });
const MARK = markOf(CREATED, message());

const code = (change: Partial<LogState>, found: LogMessage | undefined): string | undefined => distrust(MARK, state(change), found)?.code;

describe("a log that was read up to a message", () => {
  test("is read on where nothing differs, and where its beginning has moved to the message after", () => {
    expect(code({}, message())).toBeUndefined();
    expect(code({ first: position(6) }, undefined)).toBeUndefined();
  });

  test("is another one where only the time of its creation differs", () => {
    expect(code({ createdMs: epochMs(1001) }, message())).toBe("LOG_CHANGED");
    // Before anything was read there is nothing else to tell it by.
    expect(distrust(firstMark(CREATED), state({ createdMs: epochMs(1001) }), undefined)?.code).toBe("LOG_CHANGED");
  });

  test("is another one where it ends before that message", () => {
    expect(code({ last: position(4) }, undefined)).toBe("LOG_CHANGED");
  });

  test("is another one where that message has another time or other bytes", () => {
    expect(code({}, { ...message(), storedMs: epochMs(2001) })).toBe("LOG_CHANGED");
    expect(code({}, message("other"))).toBe("LOG_CHANGED");
    expect(code({}, { ...message(), subject: "tidemark.log.0.event.y" })).toBe("LOG_CHANGED");
  });

  test("has lost input where its beginning has moved further than the message after", () => {
    expect(code({ first: position(7) }, undefined)).toBe("INPUT_LOST");
  });
});
