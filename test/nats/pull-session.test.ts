import { headers, type Msg } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import type { Broker } from "../../src/nats/connection.ts";
import { openPullSession, readDelivery } from "../../src/nats/pull-session.ts";

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

/** A session whose server is the test: what it asks for is kept, what it receives is said here. */
async function scripted(batch: number) {
  const requests: { batch: number }[] = [];
  let receive: (error: Error | null, message: Msg) => void = () => {};
  const broker = {
    connected: true,
    lost: () => new Promise<void>(() => {}),
    jsm: { consumers: { add: async () => ({ name: "c", num_pending: 0 }), delete: async () => true } },
    nc: {
      publish: (_: string, request: string) => requests.push(JSON.parse(request)),
      subscribe: (_: string, options: { callback: typeof receive }) => {
        receive = options.callback;
        return { unsubscribe: () => {} };
      },
    },
  } as unknown as Broker;
  const session = await openPullSession(broker, "S", 1, (_, __, sequence) => sequence, batch);
  onTestFinished(() => session.end("test over"));
  const deliver = (sequence: number, delivery: number) =>
    receive(null, { subject: "s", reply: `$JS.ACK.S.c.1.${sequence}.${delivery}.1795377635825000000.0`, data: new Uint8Array(1) } as unknown as Msg);
  const status = (code: number, text: string, left?: number) => {
    const head = headers(code, text);
    if (left !== undefined) head.set("Nats-Pending-Messages", String(left));
    receive(null, { subject: "inbox", reply: "", data: new Uint8Array(), headers: head } as unknown as Msg);
  };
  const asked = () => requests.reduce((sum, request) => sum + request.batch, 0);
  return { session, deliver, status, asked };
}

test("a delivery that is missing ends the session, and nothing behind the gap is given", async () => {
  const { session, deliver } = await scripted(10);
  deliver(5, 1);
  deliver(6, 2);
  deliver(8, 4);
  deliver(7, 3);
  expect([session.take(), session.take(), session.take()]).toEqual([5, 6, undefined]);
  expect(session.ended).toBe("delivery 3 is missing");
});

test("no more than a batch is asked for or waiting, and taking makes room", async () => {
  const { session, deliver, asked } = await scripted(10);
  for (let i = 1; i <= 10; i++) deliver(i, i);
  expect(asked()).toBe(10);
  for (let i = 0; i < 4; i++) session.take();
  expect(asked()).toBe(10);
  session.take();
  expect(asked()).toBe(15);
});

test("a request that is over is replaced by what was left of it; anything else the server says ends the session", async () => {
  const { session, status, asked } = await scripted(10);
  status(408, "Request Timeout", 10);
  expect(asked()).toBe(20);
  status(409, "Message Size Exceeds MaxBytes", 6);
  status(409, "Batch Completed", 0);
  expect([asked(), session.ended]).toEqual([26, undefined]);
  status(409, "Consumer Deleted");
  expect(session.ended).toBe("the server ended it: 409 Consumer Deleted");
});
