import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { THRESHOLDS } from "../../hub/detect/learn/series.ts";
import { scoreCorpus, scoreSeries } from "./nab_score.ts";
import { detectionsOf, readNab } from "./nab_series.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpora/nab/", import.meta.url));
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

test("take() scores above 70 on the Numenta Anomaly Benchmark", { skip }, () => {
  const raws = readNab(corpus).map((series) =>
    scoreSeries(series.values.length, series.windows, detectionsOf(series, THRESHOLDS.medium))
  );
  assert.equal(raws.length, 20);
  assert.ok(scoreCorpus(raws) > 70, `${scoreCorpus(raws)}`);
});
