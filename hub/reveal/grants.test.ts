import assert from "node:assert/strict";
import { test } from "node:test";
import { openControl } from "../control.ts";
import type { Note } from "../notes.ts";
import { findBoxes } from "./boxes.ts";
import { openGrants } from "./grants.ts";

const TOKEN = "user:1:abcdefghijklmnopqrstuvwxyz";
const ada = { id: "key:a", name: "ada" };
const bob = { id: "key:b", name: "bob" };
const wanted = { tokens: [TOKEN, TOKEN], why: "ticket 7", seconds: 600 };

/** Grants over one box; `broken` notes cannot be recorded. */
function scene() {
  const control = openControl(":memory:");
  const state = { now: 1_000_000, notes: [] as Note[], broken: "", ids: 0, looks: 0 };
  const open = () =>
    openGrants({
      control,
      record: (note) => {
        if (note.note === state.broken) return Promise.reject(new Error("The disk is gone"));
        state.notes.push(note);
        return Promise.resolve();
      },
      boxesOf: (tokens) => {
        state.looks++;
        return Promise.resolve(tokens.map((token) => ({ token, box: "Ym94" })));
      },
      random: (n) => new Uint8Array(n).fill(++state.ids),
      now: () => state.now,
    });
  const grants = open();
  const take = (id: string, by = ada, from = grants) =>
    from.take(id, by, new AbortController().signal);
  return { grants, state, open, take, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() };
}

test("boxes are handed out under an approved grant, and each step is recorded", async () => {
  await using at = scene();
  const { id, state, tokens } = await at.grants.request(wanted, ada);
  assert.deepEqual([state, tokens], ["waiting", [TOKEN]]);
  const approved = await at.grants.approve(id, bob, "seen the ticket");
  assert.deepEqual([approved.state, approved.approvedBy], ["approved", "key:b bob"]);
  assert.deepEqual(await at.take(id), [{ token: TOKEN, box: "Ym94" }]);
  await at.take(id);
  assert.deepEqual(at.state.notes.map(({ note }) => note), [
    "reveal-request",
    "reveal-approve",
    "reveal-handout",
    "reveal-handout",
  ]);
  assert.deepEqual(at.state.notes[2], {
    note: "reveal-handout",
    grant: id,
    by: "key:a ada",
    tokens: [TOKEN],
    boxes: 1,
  });
});

test("nobody approves a grant of their own, also with another key of theirs", async () => {
  await using at = scene();
  const { id } = await at.grants.request(wanted, ada);
  for (const by of [ada, { id: "key:c", name: "ada" }, { id: "key:a", name: "eve" }]) {
    await assert.rejects(at.grants.approve(id, by, "why not"), { code: "same-person" });
  }
  await assert.rejects(at.take(id), { code: "not-approved" });
  assert.equal(at.state.looks, 0);
});

test("a grant is of no use to others", async () => {
  await using at = scene();
  const { id } = await at.grants.request(wanted, ada);
  await at.grants.approve(id, bob, "seen");
  await assert.rejects(at.take(id, bob), { code: "not-yours" });
  await assert.rejects(at.take("none"), { code: "unknown" });
});

test("a grant ends at its time, counted from the approval, also over a restart", async () => {
  await using at = scene();
  const { id } = await at.grants.request(wanted, ada);
  at.state.now += 3_600_000;
  await at.grants.approve(id, bob, "seen");
  at.state.now += 599_999;
  const again = at.open();
  await at.take(id, ada, again);
  at.state.now++;
  await assert.rejects(at.take(id, ada, again), { code: "over" });
  await assert.rejects(again.approve(id, bob, "longer"), { code: "over" });
});

test("a request that nobody approves for a day is over", async () => {
  await using at = scene();
  const { id } = await at.grants.request(wanted, ada);
  at.state.now += 86_400_000;
  await assert.rejects(at.grants.approve(id, bob, "late"), { code: "over" });
});

test("a grant is approved once", async () => {
  await using at = scene();
  const { id } = await at.grants.request(wanted, ada);
  const both = await Promise.allSettled([
    at.grants.approve(id, bob, "seen"),
    at.grants.approve(id, { id: "key:c", name: "cleo" }, "seen"),
  ]);
  assert.deepEqual(both.map(({ status }) => status), ["fulfilled", "rejected"]);
  await assert.rejects(at.grants.approve(id, bob, "again"), { code: "not-approved" });
});

for (const note of ["reveal-request", "reveal-approve", "reveal-handout"] as const) {
  test(`what cannot be recorded does not happen: ${note}`, async () => {
    await using at = scene();
    at.state.broken = note;
    const steps = async () => {
      const { id } = await at.grants.request(wanted, ada);
      await at.grants.approve(id, bob, "seen");
      return await at.take(id);
    };
    await assert.rejects(steps(), /disk/);
    const states = at.grants.list().map(({ state }) => state);
    const expected = { "reveal-request": [], "reveal-approve": ["waiting"] };
    assert.deepEqual(states, { ...expected, "reveal-handout": ["approved"] }[note]);
  });
}

test("no more than 100 requests wait", async () => {
  await using at = scene();
  for (let i = 0; i < 100; i++) await at.grants.request(wanted, ada);
  await assert.rejects(at.grants.request(wanted, ada), { code: "too-many" });
  assert.equal(at.grants.list().length, 100);
});

test("a token has at most eight boxes, whatever hosts have sent; no table is no box", async () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ Token: TOKEN, Box: `${i}` }));
  const tables = [{ name: "CustosReveal", time: "", columns: [], rows: 0, bytes: 0, files: 0 }];
  const events = () => Promise.resolve({ columns: [], rows, more: false });
  const { signal } = new AbortController();
  assert.equal((await findBoxes({ events, tables: () => tables }, [TOKEN], signal)).length, 8);
  assert.deepEqual(await findBoxes({ events, tables: () => [] }, [TOKEN], signal), []);
});
