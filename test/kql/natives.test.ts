import { testQueries } from "./kql_values.ts";

const ROWS = "datatable (g: string, x: long, w: long, t: datetime) [" +
  "'a', 10, 8, datetime(2020-01-01), 'b', 20, 6, datetime(2020-01-02)," +
  "'a', 30, 3, datetime(2020-01-03), 'b', 40, 1, datetime(2020-01-04)]";
const SERIES = "print s = dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])";

testQueries("functions that give several columns", [
  [
    `${SERIES} | extend series_fit_line(s) | project v = round(series_fit_line_s_slope, 6)`,
    2.730769,
  ],
  [`${SERIES} | extend v = series_stats(s) | project v`, 2],
  [`${SERIES} | extend (a, v) = series_stats(s) | project v`, 0],
  [`${SERIES} | project series_stats(s) | project v = series_stats_s_max`, 30],
  [`${SERIES} | extend f = series_decompose_forecast(s, 2, 0) | project v = array_length(f)`, 12],
  ["print series_fft(dynamic([1, 1])) | project v = series_fft__real", [2, 0]],
]);

testQueries("percentiles and their sketches", [
  [`${ROWS} | summarize percentiles(x, 50, 100) | project v = percentile_x_100`, 40],
  [`${ROWS} | summarize (a, v) = percentilesw(x, w, 50, 99.9) | project v`, 40],
  [`${ROWS} | summarize v = percentilew(x, w, 50)`, 20],
  [`${ROWS} | summarize v = percentilesw_array(x, w, 50, 75, 99.9)`, [20, 20, 40]],
  [`${ROWS} | summarize v = percentiles_array(x, dynamic([25, 75]))`, [10, 30]],
  [`${ROWS} | summarize d = tdigest(x) | project v = percentile_tdigest(d, 50, typeof(long))`, 20],
  [`${ROWS} | summarize d = tdigest(x, w) | project v = rank_tdigest(d, 20)`, 14],
  [
    `${ROWS} | summarize d = tdigest(t) | project v = percentile_tdigest(d, 100, typeof(datetime))`,
    "2020-01-04T00:00:00.0000000Z",
  ],
  [
    `${ROWS} | summarize d = tdigest(x) by g | summarize m = tdigest_merge(d)
     | project v = percentiles_array_tdigest(m, range(0, 100, 50))`,
    [10, 20, 40],
  ],
  [`${ROWS} | summarize h = hll(g) | project v = dcount_hll(h)`, 2],
  [`${ROWS} | summarize h = hll_if(x, x > 15, 2) | project v = dcount_hll(h)`, 3],
  [`${ROWS} | summarize h = hll(x) by g | summarize v = dcount_hll(hll_merge(h))`, 4],
]);

testQueries("hashes by type", [
  ["print v = tostring(hash('World'))", "1846988464401551951"],
  ["print v = hash_xxhash64('World', 100)", 51],
  ["print v = tostring(hash(datetime(2015-01-01)))", "1380966698541616202"],
  ["print v = tostring(hash(0))", "3803688792395291579"],
  ["print v = hash_many('a', 1) == hash_combine(hash('a'), hash(1))", true],
]);

const MINUTES = "range t from datetime(2017-01-01 00:05) to datetime(2017-01-01 02:00) step 1m";

testQueries("bin_auto()", [
  [
    `set query_bin_auto_size=1h; set query_bin_auto_at=datetime(2017-01-01 00:05);
     ${MINUTES} | summarize c = count() by bin_auto(t) | summarize v = make_list(c)`,
    [60, 56],
  ],
  [
    `set query_bin_auto_size=1h; ${MINUTES} | summarize c = count() by bin_auto(t) | count`,
    3,
  ],
  [
    `${MINUTES} | summarize count() by bin_auto(t)`,
    "failed semantic: Cannot query:1:102: the size of the bins of bin_auto() is not known",
  ],
]);

const AGENT =
  "'Mozilla/5.0 (Windows; U; en-US) AppleWebKit/531.9 (KHTML, like Gecko) AdobeAIR/2.5.1'";

testQueries("agents of users by browser, system and device", [
  [`print v = tostring(parse_user_agent(${AGENT}, 'browser').Browser.Family)`, "AdobeAIR"],
  [
    `datatable (a: string) [${AGENT}, 'curl/7.68.0'] | extend p = parse_user_agent(a,
       dynamic(['browser', 'os'])) | summarize v = make_list(p.OperatingSystem.Family)`,
    ["Windows", "Other"],
  ],
]);
