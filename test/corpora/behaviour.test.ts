import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { eventLogs } from "./behaviour_events.ts";
import { measure, quality } from "./behaviour_score.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpora/", import.meta.url));
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

test("quality() is perfect, chance, or the worst", () => {
  const scores = (list: readonly number[]) => list.map((score, i) => [score, i < 2] as const);
  assert.deepEqual(quality(scores([9, 8, 1, 2])), {
    area: 1,
    precision: 1,
    recall: 1,
    windows: 4,
    attacked: 2,
  });
  assert.equal(quality(scores([1, 1, 1, 1])).area, 0.5);
  const worst = quality(scores([1, 2, 8, 9]));
  assert.deepEqual([worst.area, worst.recall], [0, 0]);
  assert.equal(worst.precision, (1 / 3 + 2 / 4) / 2);
});

test(
  "the score tells hours with real attacks in real Windows logs from the others",
  { skip, timeout: 60_000 },
  () => {
    const log = eventLogs(corpus).find(({ name }) => name === "evtx, six hosts");
    const [ours] = measure(log!, 1);
    assert.ok(ours!.windows > 800 && ours!.attacked > 30);
    assert.ok(ours!.area > 0.85, `${ours!.area}`);
  },
);
