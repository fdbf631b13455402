import { expect, test } from "vitest";
import { readDelivery } from "../../src/nats/pull-session.ts";

const read = (reply: string) => {
  const out = { stream: 0, consumer: 0, storedMs: 0, pending: 0 };
  readDelivery(reply, out);
  return out;
};

test("both forms of a delivery's reply subject are read, with the time to the millisecond and not rounded", () => {
  const expected = { stream: 184467, consumer: 12, storedMs: 1795377635825, pending: 3 };
  expect(read("$JS.ACK.TIDEMARK_LOG_0.XyiQcHGs.1.184467.12.1795377635825999999.3")).toEqual(expected);
  expect(read("$JS.ACK.hub.ACCHASH.TIDEMARK_LOG_0.XyiQcHGs.1.184467.12.1795377635825999999.3.rand0m")).toEqual(expected);
  expect(read("$JS.ACK._.ACCHASH.TIDEMARK_LOG_0.XyiQcHGs.1.184467.12.1795377635825999999.3")).toEqual(expected);
});
