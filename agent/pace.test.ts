import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

/** A pace of 200 ms by a clock that the test sets, and the timers that run. */
function openPace() {
  const clock = { ms: 0 };
  const timers = new Set<{ readonly at: number; readonly call: () => void }>();
  let dues = 0;
  let started = 0;
  const pace = new Pace({
    everyMs: 200,
    now: () => clock.ms,
    after(ms, call) {
      const timer = { at: clock.ms + ms, call };
      timers.add(timer);
      started++;
      return () => void timers.delete(timer);
    },
    onDue: () => void dues++,
  });
  return {
    pace,
    clock,
    dues: () => dues,
    started: () => started,
    waiting: () => Array.from(timers, ({ at }) => at),
    fire() {
      for (const timer of timers) {
        timers.delete(timer);
        timer.call();
      }
    },
  };
}

test("a first group is due at once, the next one when it is time", () => {
  const { pace, clock, waiting, fire, dues } = openPace();
  pace.soon();
  assert.deepEqual(waiting(), [0]);
  fire();
  assert.equal(dues(), 1);
  clock.ms = 50;
  pace.soon();
  clock.ms = 100;
  pace.soon();
  assert.deepEqual(waiting(), [200]);
});

test("what comes a little early is in time, and is waited for no longer", () => {
  const { pace, clock, waiting } = openPace();
  pace.sealed();
  clock.ms = 150;
  pace.soon();
  assert.deepEqual(waiting(), [200]);
  clock.ms = 175;
  pace.soon();
  assert.deepEqual(waiting(), [175]);
});

test("what goes on coming does not put off what is due", () => {
  const { pace, clock, started, fire, dues } = openPace();
  for (; clock.ms < 10; clock.ms++) pace.soon();
  assert.equal(started(), 1);
  fire();
  pace.soon();
  assert.deepEqual([dues(), started()], [1, 2]);
});

test("a group that is sealed late does not delay the next one", () => {
  const { pace, clock, waiting, fire } = openPace();
  pace.soon();
  clock.ms = 90;
  fire();
  clock.ms = 200;
  pace.soon();
  assert.deepEqual(waiting(), [200]);
});

test("a clock that is set back makes no group wait longer than the interval", () => {
  const { pace, clock, waiting } = openPace();
  clock.ms = 1_000_000;
  pace.sealed();
  clock.ms = 5;
  pace.soon();
  assert.deepEqual(waiting(), [205]);
});

test("what cannot be sealed is tried again after the interval, unless it was called off", () => {
  const { pace, waiting, fire, dues } = openPace();
  pace.later();
  pace.later();
  assert.deepEqual(waiting(), [200]);
  pace.cancel();
  fire();
  assert.deepEqual([waiting(), dues()], [[], 0]);
});
