import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import { Alert, type Judgement } from "../../sdk/api/alerts.ts";
import { type Control, openControl } from "../control.ts";
import type { Finding } from "../detect/detector.ts";
import type { AlertEvent } from "./alert.ts";
import { type Alerts, openAlerts, type StateChange, type VerdictChange } from "./alerts.ts";
import { finding, findingLog, T0 } from "./fakes.ts";

interface Opened {
  readonly alerts: Alerts;
  readonly log: Finding[];
  readonly events: AlertEvent[];
  readonly recorded: (StateChange | VerdictChange)[];
}

function open(control: Control, ...findings: readonly Finding[]): Opened {
  const log = findingLog(...findings);
  const recorded: (StateChange | VerdictChange)[] = [];
  const alerts = openAlerts({
    control,
    findings: log.after,
    now: () => T0 + 60_000,
    record: (change) => Promise.resolve(void recorded.push(change)),
  });
  const events: AlertEvent[] = [];
  alerts.onChange((event) => events.push(event));
  alerts.takeFindings();
  return { alerts, log: log.all, events, recorded };
}

const all = { state: undefined, after: undefined, limit: 50 };
const closing = { state: "closed", by: "somebody", reason: "harmless" } as const;

test("a finding becomes an alert of the declared shape", async () => {
  await using control = openControl(":memory:");
  const first = finding(1);
  const { alerts, events } = open(control, first);
  const [alert] = alerts.list(all).alerts;
  assert.deepEqual(v.parse(Alert, alert), alert);
  assert.equal(alert?.id, first.id);
  assert.equal(alert.firstSeen, "2025-06-15T15:06:41.000Z");
  assert.deepEqual(events.map(({ kind, revision }) => [kind, revision]), [["opened", 1]]);
});

test("findings of one rule and entity add to its alert, those of another open theirs", async () => {
  await using control = openControl(":memory:");
  const others = [finding(3, { entity: "h2" }), finding(4, { rule: "r2" })];
  const { alerts, events } = open(control, finding(1), finding(2), ...others);
  const found = alerts.list(all).alerts;
  assert.deepEqual(found.map(({ rule, entity, findings }) => [rule, entity, findings]), [
    ["r2", "h1", 1],
    ["r1", "h2", 1],
    ["r1", "h1", 2],
  ]);
  assert.equal(found[2]?.lastSeen, "2025-06-15T15:06:42.000Z");
  assert.deepEqual(events.map(({ kind }) => kind), ["opened", "added", "opened", "opened"]);
});

test("a finding that is replayed changes nothing, not even after its alert was closed", async () => {
  await using control = openControl(":memory:");
  const { alerts, log, events } = open(control, finding(1));
  await alerts.setState({ id: finding(1).id, ...closing });
  log.push(finding(1), finding(1, { summary: "Again" }));
  alerts.takeFindings();
  assert.equal(alerts.list(all).alerts.length, 1);
  assert.deepEqual(events.map(({ kind }) => kind), ["opened", "changed"]);
});

test("a finding after its alert was closed opens another one", async () => {
  await using control = openControl(":memory:");
  const { alerts, log, recorded } = open(control, finding(1));
  await alerts.setState({ id: finding(1).id, ...closing });
  log.push(finding(2));
  alerts.takeFindings();
  assert.deepEqual(alerts.list(all).alerts.map(({ state }) => state), ["open", "closed"]);
  await assert.rejects(
    () => alerts.setState({ ...closing, id: finding(1).id, state: "open" }),
    { code: "conflict" },
  );
  assert.equal(recorded.length, 1);
});

test("a crash before the transaction ends leaves the finding to be taken again", async () => {
  await using control = openControl(":memory:");
  const log = findingLog(finding(1));
  let fails = true;
  const alerts = openAlerts({
    control,
    findings: log.after,
    now: () => T0,
    record: () => Promise.resolve(),
    enqueue: () => {
      if (fails) throw new Error("disk full");
    },
  });
  assert.throws(() => alerts.takeFindings(), /disk full/);
  assert.equal(alerts.list(all).alerts.length, 0);
  fails = false;
  alerts.takeFindings();
  assert.equal(alerts.list(all).alerts[0]?.findings, 1);
});

test("setState() records who and why before it changes anything", async () => {
  await using control = openControl(":memory:");
  const { alerts, recorded } = open(control, finding(1));
  const change = {
    id: finding(1).id,
    state: "acknowledged",
    by: "somebody",
    reason: "Looking",
  } as const;
  const alert = await alerts.setState(change);
  assert.deepEqual(recorded, [change]);
  assert.deepEqual(alert?.changes, [
    { at: "2025-06-15T15:07:40.000Z", by: "somebody", state: "acknowledged", reason: "Looking" },
  ]);
  assert.equal(alerts.count("acknowledged"), 1);
  assert.equal(await alerts.setState({ ...change, id: "none" }), undefined);
});

test("setState() changes nothing that could not be recorded", async () => {
  await using control = openControl(":memory:");
  const alerts = openAlerts({
    control,
    findings: findingLog(finding(1)).after,
    now: () => T0,
    record: () => Promise.reject(new Error("ledger is full")),
  });
  alerts.takeFindings();
  await assert.rejects(() => alerts.setState({ id: finding(1).id, ...closing }), /ledger is full/);
  assert.equal(alerts.get(finding(1).id)?.state, "open");
});

test("judge() records who and why before it sets the verdict; a refused record changes nothing", async () => {
  await using control = openControl(":memory:");
  const log = findingLog(finding(1));
  let fails = true;
  const recorded: unknown[] = [];
  const alerts = openAlerts({
    control,
    findings: log.after,
    now: () => T0,
    record: (change) =>
      fails ? Promise.reject(new Error("full")) : Promise.resolve(void recorded.push(change)),
  });
  alerts.takeFindings();
  const change = { id: finding(1).id, verdict: "benign", by: "kim", reason: "Backup" } as const;
  await assert.rejects(() => alerts.judge(change), /full/);
  assert.equal(alerts.get(change.id)?.verdict, undefined);
  fails = false;
  const alert = await alerts.judge(change);
  assert.deepEqual(v.parse(Alert, alert), alert);
  const { id: _, ...verdict } = change;
  assert.deepEqual(alert?.verdict, { ...verdict, at: "2025-06-15T15:06:40.000Z" });
  assert.equal(alert.state, "open");
  assert.deepEqual(recorded, [change]);
  assert.equal(await alerts.judge({ ...change, id: "none" }), undefined);
});

test("records() count the last verdict of each alert, rule by rule", async () => {
  await using control = openControl(":memory:");
  const ids = [1, 2, 3, 4].map((i) => finding(i, { entity: `h${i}` }));
  const { alerts } = open(control, ...ids, finding(9, { rule: "r2", title: "Rule two" }));
  const judge = (at: number, verdict: Judgement) =>
    alerts.judge({ id: ids[at]!.id, verdict, by: "kim", reason: "seen" });
  await judge(0, "false_positive");
  await judge(0, "true_positive");
  await judge(1, "false_positive");
  await judge(2, "benign");
  await alerts.setState({ ...closing, id: ids[0]!.id });
  const none = { truePositives: 0, falsePositives: 0, benign: 0, precision: null };
  assert.deepEqual(alerts.records(), [
    {
      rule: "r1",
      title: "Rule one",
      alerts: 4,
      truePositives: 1,
      falsePositives: 1,
      benign: 1,
      precision: 0.5,
    },
    { rule: "r2", title: "Rule two", alerts: 1, ...none },
  ]);
});

test("whatever is said of alerts, the same findings are taken into the same alerts", async () => {
  const judgements = fc.constantFrom<Judgement>("true_positive", "false_positive", "benign");
  const steps = fc.array(fc.record({ entity: fc.nat(3), verdict: fc.option(judgements) }));
  await fc.assert(fc.asyncProperty(steps, async (list) => {
    await using judged = openControl(":memory:");
    await using plain = openControl(":memory:");
    const [with_, without] = [open(judged), open(plain)];
    for (const [i, { entity, verdict }] of list.entries()) {
      for (const { alerts, log } of [with_, without]) {
        log.push(finding(i, { entity: `h${entity}` }));
        alerts.takeFindings();
      }
      const id = with_.alerts.list(all).alerts[0]!.id;
      if (verdict !== null) await with_.alerts.judge({ id, verdict, by: "kim", reason: "seen" });
    }
    const told = ({ alerts }: Opened) =>
      alerts.list(all).alerts.map((alert) => ({ ...alert, verdict: undefined }));
    assert.deepEqual(told(with_), told(without));
  }));
});

test("what is over by itself closes its alert, acknowledged or not, and opens none", async () => {
  await using control = openControl(":memory:");
  const { alerts, log } = open(control, finding(1), finding(2, { kind: "ended", entity: "h9" }));
  await alerts.setState({ ...closing, id: finding(1).id, state: "acknowledged" });
  log.push(finding(3, { kind: "ended", summary: "Events come again" }));
  alerts.takeFindings();
  const [alert, ...rest] = alerts.list(all).alerts;
  assert.equal(rest.length, 0);
  assert.equal(alert?.state, "closed");
  assert.deepEqual(alert.changes.at(-1), {
    at: "2025-06-15T15:06:43.000Z",
    by: "custos",
    state: "closed",
    reason: "Events come again",
  });
});

test("an alert keeps its first rows of evidence and the latest", async () => {
  await using control = openControl(":memory:");
  const { alerts } = open(control, ...Array.from({ length: 150 }, (_, i) => finding(i)));
  const [alert] = alerts.list(all).alerts;
  assert.equal(alert?.findings, 150);
  assert.deepEqual(alert.evidence.map(({ entry }) => entry), [
    ...[0, 1, 2, 3, 4],
    ...Array.from({ length: 15 }, (_, i) => 135 + i),
  ]);
});

test("list() gives each alert on one page, newest first, also while others are opened", async () => {
  await using control = openControl(":memory:");
  const { alerts, log } = open(
    control,
    ...Array.from({ length: 5 }, (_, i) => finding(i, { entity: `h${i}` })),
  );
  const seen: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = alerts.list({ state: "open", after, limit: 2 });
    seen.push(...page.alerts.map(({ entity }) => entity));
    if (page.next === null) break;
    after = page.next;
    log.push(finding(100 + seen.length, { entity: `n${seen.length}` }));
    alerts.takeFindings();
  }
  assert.deepEqual(seen, ["h4", "h3", "h2", "h1", "h0"]);
  assert.deepEqual(alerts.list({ state: "closed", limit: 2 }), { alerts: [], next: null });
});
