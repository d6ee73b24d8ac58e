import { testQueries, type ValueCase } from "./kql_values.ts";

const ROWS = "datatable (g: string, x: long, r: real, d: dynamic) [" +
  "'a', 3, 1.5, dynamic({'k': 1}), 'b', 1, real(null), dynamic([1, 2])," +
  "'a', long(null), 2.5, dynamic(null), 'b', 1, 4.0, dynamic({'k': 2, 'l': 'x'})]";

/** `summarize v = …` over the same rows. */
const SUMMARIES: readonly ValueCase[] = [
  ["count()", 4],
  ["countif(x > 1)", 1],
  ["sum(x)", 5],
  ["sumif(x, g == 'b')", 2],
  ["sum(r)", 8],
  ["avg(x)", 5 / 3],
  ["avgif(x, g == 'z')", "NaN"],
  ["min(r)", 1.5],
  ["max(g)", "b"],
  ["minif(x, x > 1)", 3],
  ["dcount(g)", 2],
  ["count_distinct(x)", 2],
  ["make_list(x)", [3, 1, 1]],
  ["make_list(x, 2)", [3, 1]],
  ["make_list_if(x, g == 'b')", [1, 1]],
  ["make_list_with_nulls(x)", [3, 1, null, 1]],
  ["make_set(x)", [1, 3]],
  ["make_set_if(g, x == 1)", ["b"]],
  ["make_list(d)", [{ k: 1 }, 1, 2, null, { k: 2, l: "x" }]],
  ["make_bag(d)", { k: 1, l: "x" }],
  ["take_any(g)", "a"],
  ["arg_max(x, g)", 3],
  ["percentile(x, 50)", 1],
  ["round(stdev(x), 6)", 1.154701],
  ["round(variancep(r), 6)", 1.055556],
  ["binary_all_or(x)", 3],
  ["buildschema(d)", { k: "long", l: "string", "`indexer`": "long" }],
];

testQueries(
  "aggregates",
  SUMMARIES.map(([call, value]) => [`${ROWS} | summarize v = ${call}`, value]),
);
