import { testQueries } from "./kql_values.ts";

/** Two tables that share a key. */
const TABLES = `let L = datatable(k: string, a: long) ["x", 1, "x", 2, "y", 3];
let R = datatable(k: string, b: long) ["x", 10, "z", 30];
`;
/** The number of rows. */
const counted = " | count";

testQueries("join", [
  [`${TABLES} L | join R on k${counted}`, 1],
  [`${TABLES} L | join kind=inner R on k${counted}`, 2],
  [`${TABLES} L | join kind=leftouter R on k${counted}`, 3],
  [`${TABLES} L | join kind=rightouter R on k${counted}`, 3],
  [`${TABLES} L | join kind=fullouter R on k${counted}`, 4],
  [`${TABLES} L | join kind=leftsemi R on k | summarize sum(a)`, 3],
  [`${TABLES} L | join kind=leftanti R on k | project a`, 3],
  [`${TABLES} L | join kind=rightsemi R on k | project b`, 10],
  [`${TABLES} L | join kind=rightanti R on k | project b`, 30],
  [`${TABLES} L | join kind=leftouter R on k | where a == 3 | project k1`, ""],
  [`${TABLES} L | join kind=inner R on $left.k == $right.k | where a == 2 | project b`, 10],
  [`${TABLES} L | lookup R on k | where a == 1 | project b`, 10],
  [`${TABLES} L | join kind=inner (L) on k${counted}`, 5],
]);

testQueries("union", [
  [`${TABLES} union L, R${counted}`, 5],
  [`${TABLES} union kind=inner L, R | getschema | count`, 1],
  [`${TABLES} L | union withsource=s R | summarize dcount(s)`, 2],
  ["union (print a = 1), (print a = 'x') | getschema | project ColumnName", "a_long"],
]);

testQueries("order", [
  ["range x from 1 to 5 step 1 | sort by x desc | extend y = x + 1 | project y | take 1", 6],
  [
    "range x from 1 to 5 step 1 | sort by x desc | project p = prev(x), x | where x == 1 | project p",
    2,
  ],
  [
    "range x from 1 to 4 step 1 | serialize s = row_cumsum(x, x == 3) | where x == 4 | project s",
    7,
  ],
  ["range x from 1 to 4 step 1 | sort by x desc | summarize l = make_list(x) | project l[0]", 4],
]);

testQueries("mv", [
  ["print d = dynamic([1, 2, 3]) | mv-expand d to typeof(long) | summarize sum(d)", 6],
  ["print d = dynamic({'a': 1, 'b': 2}) | mv-expand kind=array d | project d[0]", "a"],
  [
    "datatable(d: dynamic) [dynamic([1, 5, 3]), dynamic([9])] | mv-apply d to typeof(long) on (top 1 by d) | summarize sum(d)",
    14,
  ],
  [
    `print o = dynamic([{"i": [1, 2]}, {"i": [3]}])
     | mv-apply a = o on (mv-apply b = a.i to typeof(long) on (summarize s = sum(b)) | summarize t = max(s))
     | project t`,
    3,
  ],
]);

testQueries("parse", [
  ["print s = 'a=1;b=x' | parse s with 'a=' a: long ';b=' b | project a", 1],
  ["print s = 'none' | parse s with 'a=' a: long ';b=' b | project b", ""],
  ["print s = 'none' | parse-where s with 'a=' a: long | count", 0],
  ["print s = 'a(b)c' | parse kind=regex s with '(a)' '\\\\(' b '\\\\)' * | project b", "b"],
  [
    "print s = 'k=1, j=\"x, y\"' | parse-kv s as (j: string) with (pair_delimiter=',', kv_delimiter='=', quote='\"') | project j",
    "x, y",
  ],
]);

testQueries("series", [
  [
    "range x from 1 to 5 step 1 | where x != 3 | make-series n = count() on x from 1 to 6 step 1 | project tostring(n)",
    "[1,1,0,1,1]",
  ],
  [
    "datatable(t: datetime) [datetime(2026-01-01), datetime(2026-01-03)] | make-series n = count() on t step 1d | project array_length(n)",
    3,
  ],
]);

testQueries("parts", [
  [
    "range x from 1 to 6 step 1 | extend g = x % 2 | partition by g (top 1 by x) | summarize sum(x)",
    11,
  ],
  [
    "range x from 1 to 4 step 1 | scan declare (s: long = 0) with (step a: true => s = x + a.s;) | summarize max(s)",
    10,
  ],
  [
    "datatable(c: string, v: long) ['a', 1, 'a', 2, 'b', 9] | top-nested 1 of c by sum(v) | project c",
    "b",
  ],
  ["datatable(s: string) ['one two', 'three'] | search 'two' | project s", "one two"],
  ["datatable(s: string) ['web01', 'db'] | search 'web*' | count", 1],
]);

testQueries("let", [
  [
    "let f = (t: (x: long), n: long = 2) { t | where x > n }; f((range x from 1 to 5 step 1)) | count",
    3,
  ],
  ["let t = range x from 1 to 3 step 1; let m = toscalar(t | summarize max(x)); print m", 3],
  ["let f = (n: long) { n * 2 }; print f(21)", 42],
  ["range x from 1 to 3 step 1 | as T | where x == toscalar(T | summarize max(x)) | project x", 3],
]);

testQueries("parts", [
  [
    `datatable(k: string, v: long) ['x', 1, 'x', 3, 'y', 3]
     | partition by k (make-series s = sum(v) on v from 1 to 4 step 1)
     | order by tolong(s[0]) desc | summarize tostring(make_list(s[0]))`,
    "[1,0]",
  ],
  [
    `datatable(k: string, v: long) ['x', 1, 'x', 1, 'x', 2, 'y', 3]
     | partition by k (top-hitters 1 of v) | summarize sum(v)`,
    4,
  ],
  [
    `datatable(k: string, v: long) ['x', 1, 'x', 2, 'y', 3]
     | partition by k (sample-distinct 1 of v) | count`,
    2,
  ],
]);
