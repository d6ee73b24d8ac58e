import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import fc from "fast-check";
import type { Answer, Dropped, Io, Listener, StreamMessage } from "../../sdk/read/io.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { runPlugin } from "../../sdk/testkit/golden.ts";
import qoe from "./mod.ts";
import { Publications, readPublished } from "./publications.ts";

const BODY = "VQSessionReport: CallTerm\r\nCallID: 1\r\nLocalMetrics:\r\nDelay:IAJ=2\r\n";
const encoder = new TextEncoder();

interface Request {
  readonly method?: string;
  readonly cseq?: number;
  readonly via?: string;
  readonly more?: string;
  readonly body?: string;
}

function request(options: Request = {}): Uint8Array {
  const { method = "PUBLISH", cseq = 1, via, more = "", body = BODY } = options;
  const top = via ?? `SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bK${cseq};rport`;
  return encoder.encode(
    `${method} sip:collector@example.org SIP/2.0\r\nVia: ${top}\r\n` +
      "Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\n" +
      `From: <sip:2001@example.org>;tag=1\r\nTo: <sip:collector@example.org>\r\n` +
      `Call-ID: a@192.0.2.10\r\nCSeq: ${cseq} ${method}\r\nEvent: vq-rtcpxr\r\n${more}` +
      `Content-Type: application/vq-rtcpxr\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

function ask(server: Publications, options: Request = {}): Answer {
  return server.answer({ bytes: request(options), from: "192.0.2.10" });
}

const replyOf = ({ reply }: Answer): string => new TextDecoder().decode(reply);
const etagOf = (answer: Answer): string => /^SIP-ETag: (\S+)$/m.exec(replyOf(answer))![1]!;

test("a PUBLISH is answered with 200, an entity tag and when it expires", () => {
  const answer = ask(new Publications(() => 36 ** 3), { more: "Expires: 99999\r\n" });
  assert.equal(answer.keep, true);
  assert.equal(
    replyOf(answer),
    "SIP/2.0 200 OK\r\n" +
      "Via: SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bK1;rport;received=192.0.2.10\r\n" +
      "Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\n" +
      "From: <sip:2001@example.org>;tag=1\r\nTo: <sip:collector@example.org>;tag=10000\r\n" +
      "Call-ID: a@192.0.2.10\r\nCSeq: 1 PUBLISH\r\n" +
      "SIP-ETag: 10000\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
  );
});

test("a request that comes again has the same answer and is not kept", () => {
  let now = 0;
  const server = new Publications(() => now);
  const first = ask(server);
  now = 31_999;
  assert.deepEqual(ask(server), { ...first, keep: false });
  assert.equal(ask(server, { cseq: 2 }).keep, true);
  now = 32_000;
  assert.equal(ask(server).keep, true);
});

test("a publication is refreshed by its entity tag, once, until it expires", () => {
  let now = 0;
  const server = new Publications(() => now);
  const tag = etagOf(ask(server, { more: "Expires: 60\r\n" }));
  const more = `SIP-If-Match: ${tag}\r\nExpires: 60\r\n`;
  const refreshed = ask(server, { cseq: 2, more, body: "" });
  assert.equal(refreshed.keep, false);
  const next = etagOf(refreshed);
  assert.notEqual(next, tag);
  const again = ask(server, { cseq: 3, more, body: "" });
  assert.match(replyOf(again), /^SIP\/2\.0 412 Conditional Request Failed\r\n/);
  now = 60_000;
  const late = ask(server, { cseq: 4, more: `SIP-If-Match: ${next}\r\n` });
  assert.match(replyOf(late), /^SIP\/2\.0 412 /);
  assert.equal(late.keep, false);
});

test("a body that modifies a publication is kept", () => {
  const server = new Publications(() => 0);
  const tag = etagOf(ask(server));
  assert.equal(ask(server, { cseq: 2, more: `SIP-If-Match: ${tag}\r\n` }).keep, true);
});

test("an answer goes to the port of Via unless the request asks for its own", () => {
  const server = new Publications(() => 0);
  assert.equal(ask(server).port, undefined);
  const port = (via: string, cseq: number) => ask(server, { via, cseq }).port;
  assert.equal(port("SIP/2.0/UDP 192.0.2.10:5070;branch=b", 2), 5070);
  assert.equal(port("SIP/2.0/UDP [2001:db8::1];branch=b", 3), 5060);
  assert.equal(port("SIP/2.0/UDP a:0;branch=b", 4), 5060);
});

const REFUSED: readonly (readonly [Request, RegExp])[] = [
  [{ method: "INVITE" }, /^SIP\/2\.0 405 .*\r\nAllow: PUBLISH/s],
  [{ more: "Require: foo\r\n" }, /^SIP\/2\.0 420 .*\r\nUnsupported: foo\r\n/s],
  [{ body: "" }, /^SIP\/2\.0 400 /],
  [{ more: "Content-Encoding: gzip\r\n" }, /^SIP\/2\.0 415 .*\r\nAccept: application\/vq-rtcpxr/s],
  [{ more: "SIP-If-Match: x\r\n" }, /^SIP\/2\.0 412 /],
];
for (const [options, expected] of REFUSED) {
  test(`the request ${JSON.stringify(options)} is refused`, () => {
    assert.match(replyOf(ask(new Publications(() => 0), options)), expected);
  });
}

test("OPTIONS is answered, ACK and pings are not, and none of them is kept", () => {
  const server = new Publications(() => 0);
  const options = ask(server, { method: "OPTIONS", body: "" });
  assert.match(replyOf(options), /^SIP\/2\.0 200 OK\r\n.*Allow-Events: vq-rtcpxr/s);
  assert.equal(options.keep, false);
  assert.deepEqual(ask(server, { method: "ACK", body: "" }), { keep: false });
  assert.deepEqual(server.answer({ bytes: encoder.encode("\r\n\r\n"), from: "" }), { keep: false });
});

test("no more than 10,000 answers are remembered", () => {
  const server = new Publications(() => 0);
  for (let cseq = 0; cseq <= 10_000; cseq++) ask(server, { cseq });
  assert.equal(ask(server, { cseq: 10_000 }).keep, false);
  assert.equal(ask(server, { cseq: 0 }).keep, true);
});

test("Publications and readPublished() throw on no bytes", () => {
  const good = new TextDecoder().decode(request()).split(/(?<=[\r\n:;=])/);
  const part = fc.oneof(fc.constantFrom(...good), fc.string({ unit: "binary", maxLength: 8 }));
  const server = new Publications(() => 0);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const bytes = encoder.encode(parts.join(""));
      server.answer({ bytes, from: "192.0.2.1" });
      readPublished(bytes, false);
    }),
    { numRuns: 500 },
  );
});

/** Gives what `listener` hears, and ends the run once `count` messages were taken. */
function counting(
  listener: Listener<StreamMessage>,
  left: { count: number },
  stop: AbortController,
): Listener<StreamMessage> {
  async function* counted() {
    for await (const batch of listener as AsyncIterable<readonly StreamMessage[] | Dropped>) {
      yield batch;
      if (!("dropped" in batch)) left.count -= batch.length;
      if (left.count === 0) stop.abort();
    }
  }
  return { port: listener.port, [Symbol.asyncIterator]: () => counted() };
}

test("qoe hears reports over UDP and TCP, answers, and takes one that comes again once", async () => {
  const stop = new AbortController();
  await using real = openIo({ signal: stop.signal });
  const left = { count: 2 };
  const replies: string[] = [];
  const io: Io = {
    ...real,
    udp: async (bind, options) => {
      const listener = await real.udp(bind, options);
      const socket = createSocket("udp4");
      for (let i = 0; i < 2; i++) {
        socket.send(request(), listener.port, "127.0.0.1");
        replies.push(String((await once(socket, "message"))[0]));
      }
      socket.close();
      return counting(listener, left, stop);
    },
    tcp: async (bind, options) => {
      const listener = await real.tcp(bind, options);
      const socket = connect(listener.port, "127.0.0.1");
      const bytes = request({ cseq: 7 });
      socket.write(bytes.subarray(0, 100));
      socket.write(bytes.subarray(100));
      replies.push(String((await once(socket, "data"))[0]));
      socket.end();
      return counting(listener, left, stop);
    },
  };
  const config = { listen: ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"] };
  const { rows, rejected } = await runPlugin(qoe, { config, io, signal: stop.signal });
  assert.deepEqual(rejected, {});
  const heard = rows["QualityReport"]?.map((row) => [row["CallId"], row["ReporterIp"]]);
  assert.deepEqual(heard, [["1", "127.0.0.1"], ["1", "127.0.0.1"]]);
  assert.equal(replies.length, 3);
  assert.ok(replies.every((reply) => reply.startsWith("SIP/2.0 200 OK\r\n")));
});
