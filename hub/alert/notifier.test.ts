import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { type Control, openControl } from "../control.ts";
import type { AlertEvent } from "./alert.ts";
import { openAlerts } from "./alerts.ts";
import { fakeClock, finding, findingLog, settled, T0 } from "./fakes.ts";
import type { Post, PostReply, PostRequest } from "./http_post.ts";
import { type Notifier, openNotifier } from "./notifier.ts";
import type { Webhook } from "./webhook.ts";

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString("base64")}`;
const PAGER: Webhook = { name: "pager", url: "https://pager.example/hook", secret: SECRET };

type Answer = number | PostReply | Error | "never";

/** A receiver that gives `answers` in turn and then 200. */
function receiver(...answers: readonly Answer[]) {
  const got: { readonly request: PostRequest; readonly atMs: number }[] = [];
  const left = [...answers];
  const post = (clock: { now(): number }): Post => (request) => {
    got.push({ request, atMs: clock.now() - T0 });
    const answer = left.shift() ?? 200;
    if (answer === "never") return new Promise(() => {});
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(
      typeof answer === "number" ? { status: answer, retryAfter: undefined } : answer,
    );
  };
  return { got, post };
}

interface Started extends AsyncDisposable {
  readonly notifier: Notifier;
  readonly clock: ReturnType<typeof fakeClock>;
}

function start(control: Control, posts: ReturnType<typeof receiver>, hooks = [PAGER]): Started {
  const clock = fakeClock();
  const notifier = openNotifier(control, hooks, {
    clock,
    post: posts.post(clock),
    random: () => 0,
  });
  const stop = new AbortController();
  const done = notifier.run(stop.signal);
  return {
    notifier,
    clock,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

function eventOf(entry = 1): AlertEvent {
  const events: AlertEvent[] = [];
  const control = openControl(":memory:");
  const log = findingLog(finding(entry, { entity: `h${entry}` }));
  const record = () => Promise.resolve();
  const enqueue = (event: AlertEvent) => void events.push(event);
  openAlerts({ control, findings: log.after, now: () => T0, record, enqueue }).takeFindings();
  return events[0]!;
}

const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
const slow = (retryAfter: string) => ({ status: 429, retryAfter });

/** Answers, the times of the tries in ms, and why it was given up. */
const FAULTS: readonly (readonly [string, readonly Answer[], readonly number[], string?])[] = [
  ["an answer at once", [204], [0]],
  ["a 500", [500], [0, 500]],
  ["a 503 three times", [503, 503, 503], [0, 500, 1_500, 3_500]],
  ["a refused connection", [refused], [0, 500]],
  ["no answer in time", ["never"], [0, 10_500]],
  ["a 429 with seconds", [slow("60")], [0, 60_000]],
  ["a 429 with a date", [slow(new Date(T0 + 90_000).toUTCString())], [0, 90_000]],
  ["a 429 with more than an hour", [slow("86400")], [0, 3_600_000]],
  ["a 429 with nonsense", [slow("soon")], [0, 500]],
  ["a 408", [408], [0, 500]],
  ["a redirect", [302], [0], "answer 302, no redirect is followed"],
  ["a 400", [400], [0], "answer 400"],
];

for (const [name, answers, times, why] of FAULTS) {
  test(`a message meets ${name}`, async () => {
    await using control = openControl(":memory:");
    const posts = receiver(...answers);
    await using started = start(control, posts);
    started.notifier.enqueue(eventOf());
    await settled();
    for (let i = 0; i < 20 && started.notifier.waiting() > 0; i++) await started.clock.next();
    assert.deepEqual(posts.got.map(({ atMs }) => atMs), times);
    assert.equal(new Set(posts.got.map(({ request }) => request.headers["webhook-id"])).size, 1);
    assert.deepEqual(started.notifier.failures(9).map((failure) => failure.why), why ? [why] : []);
  });
}

test("a message is given up after a day, and told as a failure", async () => {
  await using control = openControl(":memory:");
  const posts = receiver(...Array.from({ length: 2_000 }, () => 500));
  await using started = start(control, posts);
  started.notifier.enqueue(eventOf());
  await settled();
  for (let i = 0; i < 2_000 && started.notifier.waiting() > 0; i++) await started.clock.next();
  const [failure] = started.notifier.failures(9);
  assert.match(failure?.why ?? "", /^gave up after \d+ tries: answer 500$/);
  assert.ok(failure!.atMs - T0 > 23 * 3_600_000 && failure!.atMs - T0 <= 24 * 3_600_000);
});

test("a message is signed over id, time and body", async () => {
  await using control = openControl(":memory:");
  const posts = receiver();
  await using started = start(control, posts);
  started.notifier.enqueue(eventOf());
  await settled();
  const { headers, body } = posts.got[0]!.request;
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = createHmac("sha256", KEY).update(signed).digest("base64");
  assert.equal(headers["webhook-signature"], `v1,${expected}`);
});

test("a message is sent again, with the same id, after a crash between answer and removal", async () => {
  await using control = openControl(":memory:");
  const dying: Control = {
    ...bound(control),
    run(sql, ...values) {
      if (sql.startsWith("delete from notify_message")) throw new Error("killed");
      return control.run(sql, ...values);
    },
  };
  const posts = receiver();
  const clock = fakeClock();
  const env = { clock, post: posts.post(clock), random: () => 0 };
  const first = openNotifier(dying, [PAGER], env);
  first.enqueue(eventOf());
  await assert.rejects(() => first.run(new AbortController().signal), /killed/);
  await using second = start(control, posts);
  await settled();
  assert.equal(second.notifier.waiting(), 0);
  const ids = posts.got.map(({ request }) => request.headers["webhook-id"]);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

function bound(control: Control): Control {
  return {
    exec: control.exec.bind(control),
    run: control.run.bind(control),
    all: control.all.bind(control),
    get: control.get.bind(control),
    transaction: control.transaction.bind(control),
    [Symbol.asyncDispose]: control[Symbol.asyncDispose].bind(control),
  };
}

test("stopping during a try leaves the message in the queue", async () => {
  await using control = openControl(":memory:");
  const posts = receiver("never");
  {
    await using started = start(control, posts);
    started.notifier.enqueue(eventOf());
    await settled();
    assert.equal(posts.got.length, 1);
  }
  await using again = start(control, posts);
  await settled();
  assert.equal(posts.got.length, 2);
  assert.equal(again.notifier.waiting(), 0);
});

test("a webhook that fails holds up neither another one nor its own later messages", async () => {
  await using control = openControl(":memory:");
  const hooks = [PAGER, { ...PAGER, name: "chat", url: "https://chat.example/" }];
  const clock = fakeClock();
  const got: string[] = [];
  const post: Post = ({ url, headers }) => {
    const which = headers["webhook-id"]!.slice(-6);
    got.push(`${url.hostname} ${which}`);
    const fails = url.hostname === "pager.example" && which === got[0]!.slice(-6);
    return Promise.resolve({ status: fails ? 500 : 200, retryAfter: undefined });
  };
  const notifier = openNotifier(control, hooks, { clock, post, random: () => 0 });
  const stop = new AbortController();
  const done = notifier.run(stop.signal);
  notifier.enqueue(eventOf(1));
  notifier.enqueue(eventOf(2));
  await settled();
  for (let i = 0; i < 6; i++) await clock.next();
  assert.equal(notifier.waiting(), 1);
  assert.equal(got.filter((line) => line.startsWith("chat")).length, 2);
  stop.abort();
  await done;
});

test("a change and its message are durable together, and once", async () => {
  await using control = openControl(":memory:");
  const posts = receiver();
  await using started = start(control, posts);
  const { notifier } = started;
  const log = findingLog(finding(1));
  const record = () => Promise.resolve();
  const { enqueue } = notifier;
  const alerts = openAlerts({ control, findings: log.after, now: () => T0, record, enqueue });
  alerts.takeFindings();
  await alerts.setState({ id: finding(1).id, state: "closed", by: "somebody", reason: "Seen" });
  log.all.push(finding(1));
  alerts.takeFindings();
  await settled();
  const types = posts.got.map(({ request }) => request.body.slice(0, 24));
  assert.deepEqual(types, ['{"type":"alert.opened","', '{"type":"alert.changed",']);
});

test("messages for a webhook that is no longer configured are given up and told", async () => {
  await using control = openControl(":memory:");
  const env = { clock: fakeClock(), post: receiver().post({ now: () => T0 }), random: () => 0 };
  const before = openNotifier(control, [PAGER], env);
  for (const event of [eventOf(), eventOf()]) before.enqueue(event);
  assert.equal(before.waiting(), 1);
  const after = openNotifier(control, [], env);
  assert.equal(after.waiting(), 0);
  assert.equal(after.failures(9)[0]?.why, "its webhook is no longer configured");
});
