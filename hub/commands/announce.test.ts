import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertEvent } from "../alert/alert.ts";
import { ALERT } from "../api/fakes.ts";
import type { SecondCount } from "../hub.ts";
import { agentsText, alertText, announce, rateText } from "./announce.ts";

const QUIET: SecondCount = { eventsPerSecond: 0, agents: [], sources: {} };

async function said(
  isJson: boolean,
  act: (on: Listeners) => void,
  open: readonly (typeof ALERT)[] = [],
): Promise<string> {
  let out = "";
  const on: { -readonly [K in keyof Listeners]: Listeners[K] } = {
    alert: () => {},
    second: () => {},
  };
  const hub = {
    page: "http://127.0.0.1:1",
    link: "wss://127.0.0.1:2",
    caFile: "/ca",
    login: () => "http://127.0.0.1:1/#login=x",
    enrolToken: () => Promise.resolve("custos-enroll.x.y"),
    reloadRules: () => Promise.resolve(),
    openAlerts: () => open,
    onAlert: (listener: Listeners["alert"]) => void (on.alert = listener),
    onSecond: (listener: Listeners["second"]) => void (on.second = listener),
  };
  await announce({ out: (text) => void (out += text) }, hub, isJson);
  act(on);
  return out;
}

interface Listeners {
  readonly alert: (event: AlertEvent) => void;
  readonly second: (count: SecondCount) => void;
}

test("announce() tells a person where to go, who has come, how much arrives, and an alert", async () => {
  const out = await said(false, ({ alert, second }) => {
    second({ eventsPerSecond: 12, agents: ["web-1"], sources: { syslog: 12.4 } });
    alert({ kind: "opened", alert: ALERT, revision: 1 });
  });
  assert.match(out, /Page {6}http:\/\/127\.0\.0\.1:1\n/);
  assert.equal(out.split("#login=").length, 2);
  assert.match(out, /Agent web-1 is connected\n12 events\/s: syslog 12\.4\n/);
  assert.match(
    out,
    /Alert {2}\[high\] Many failed sign-ins: ip:1:a+\n {4}12 failed sign-ins in 60 s\n/,
  );
  assert.match(out, /Syslog SyslogMessage=Failed password \(ledger 7, row 3\)\n$/);
});

test("announce() gives a program one object a line", async () => {
  const out = await said(true, ({ alert, second }) => {
    second(QUIET);
    alert({ kind: "opened", alert: ALERT, revision: 1 });
  });
  const events = out.trimEnd().split("\n").map((line): unknown => JSON.parse(line));
  for (const [i, event] of ["ready", "rate", "alert"].entries()) {
    assert.partialDeepStrictEqual(events[i], { event });
  }
  assert.equal(events.length, 3);
});

test("announce() tells the alerts that were open before", async () => {
  const text = await said(false, () => {}, [ALERT]);
  assert.match(text, /\nAlert open {2}\[high\] Many failed sign-ins: ip:1:a+\n$/);
  const json = await said(true, () => {}, [ALERT]);
  const last: unknown = JSON.parse(json.trimEnd().split("\n").at(-1)!);
  assert.partialDeepStrictEqual(last, { event: "alert", change: "open", alert: { id: ALERT.id } });
});

test("alertText() says of a further finding and of a change one line, and drives no terminal", () => {
  const alert = { ...ALERT, findings: 3, entity: "\u001b[2Jx" };
  assert.equal(
    alertText({ kind: "added", alert, revision: 2 }),
    "Alert, finding 3  [high] Many failed sign-ins: ·[2Jx\n",
  );
  const closed = { ...ALERT, state: "closed" } as const;
  assert.match(alertText({ kind: "changed", alert: closed, revision: 2 }), /^Alert closed .*\n$/);
});

test("agentsText() says who comes and goes, once", () => {
  const text = agentsText();
  assert.equal(
    text({ ...QUIET, agents: ["a", "b"] }),
    "Agent a is connected\nAgent b is connected\n",
  );
  assert.equal(text({ ...QUIET, agents: ["a", "b"] }), "");
  assert.equal(text({ ...QUIET, agents: ["b"] }), "Agent a has gone\n");
});

test("rateText() is silent without events, and between two times", () => {
  const text = rateText();
  const busy = { ...QUIET, sources: { web: 0.3 } };
  assert.equal(text(QUIET), "");
  assert.equal(text(busy), "0.3 events/s: web 0.3\n");
  for (let second = 0; second < 9; second++) assert.equal(text(busy), "");
  assert.notEqual(text(busy), "");
});
