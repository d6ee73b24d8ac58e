import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { Outcomes } from "./outcome.ts";

const SETS = fc.uniqueArray(fc.nat(300), { maxLength: 12 });

test("Outcomes gives one object for the same atoms in any order, and others for others", () => {
  fc.assert(fc.property(fc.array(SETS, { maxLength: 40 }), (sets) => {
    const outcomes = new Outcomes();
    const known = new Map<string, unknown>();
    for (const atoms of [...sets, ...sets.map((set) => set.toReversed())]) {
      const sorted = atoms.toSorted((a, b) => a - b);
      const outcome = outcomes.of(atoms);
      assert.deepEqual(outcome.atoms, sorted);
      assert.equal(known.get(sorted.join()) ?? outcome, outcome);
      known.set(sorted.join(), outcome);
    }
    assert.equal(outcomes.count, new Set([...known.keys(), ""]).size);
    assert.equal(new Set(known.values()).size, known.size);
  }));
});
