import { testQueries } from "./kql_values.ts";

const BAGS = "datatable(d: dynamic, Name: string) [" +
  "dynamic({'b': 1, 'a': 'x'}), 'old', dynamic({'b': 2.5, 'Name': 'new', 'c': null}), 'old'," +
  "dynamic([1]), 'old', dynamic(null), 'old']";
const PETS = "datatable(pet: string, color: string, n: long) [" +
  "'cat', 'red', 1, 'dog', 'red', 2, 'cat', 'blue', 3, 'cat', 'red', 4]";
const NETWORKS = "let N = datatable(network: string, name: string) [" +
  "'10.0.0.0/8', 'ten', '10.1.0.0/16', 'one', '192.168.1.7', 'host', 'x', 'none'];" +
  "datatable(ip: string) ['10.1.2.3', '192.168.1.7', '8.8.8.8', 'y']";
const NETWORKS6 =
  "let N = datatable(network: string, name: string) ['2001:db8::/32', 'doc', 'x', 'none'];" +
  "datatable(ip: string) ['2001:db8::1', '2001:db9::1', 'y']";

testQueries("bag_unpack()", [
  [
    `${BAGS} | evaluate bag_unpack(d, 'p_') | getschema | summarize make_list(ColumnName)`,
    ["Name", "p_Name", "p_a", "p_b"],
  ],
  [`${BAGS} | evaluate bag_unpack(d, 'p_') | summarize make_list(p_b)`, [1, 2.5, null, null]],
  [`${BAGS} | evaluate bag_unpack(d, 'p_') | where p_a == 'x' | count`, 1],
  [
    `${BAGS} | evaluate bag_unpack(d, columnsConflict='keep_source') | summarize make_set(Name)`,
    ["old"],
  ],
  [
    `${BAGS} | evaluate bag_unpack(d, columnsConflict='replace_source') | summarize make_set(Name)`,
    ["", "new"],
  ],
  [
    `${BAGS} | evaluate bag_unpack(d)`,
    'failed semantic: Cannot query:1:181: bag_unpack() gives a column "Name" that is there already',
  ],
  [`${BAGS} | evaluate bag_unpack(d) : (*, a: string, z: long) | getschema | count`, 3],
  [`${BAGS} | evaluate bag_unpack(d) : (b: real) | summarize sum(b)`, 3.5],
  [`${BAGS} | where false | evaluate bag_unpack(d) | getschema | count`, 1],
]);

testQueries("pivot()", [
  [`${PETS} | evaluate pivot(color, sum(n), pet) | where pet == 'cat' | project red`, 5],
  [`${PETS} | project pet, color | evaluate pivot(color) | where pet == 'dog' | project blue`, 0],
  [`${PETS} | evaluate pivot(pet, max(n)) | where color == 'blue' | project dog`, null],
  [`${PETS} | evaluate pivot(color, sum(n)): (pet: string, red: long) | getschema | count`, 2],
  [
    `${PETS} | evaluate pivot(color, sum(n) + 1)`,
    "failed unsupported: Cannot query:1:142: pivot() by other than one aggregate is not supported",
  ],
]);

testQueries("ipv4_lookup() and ipv6_lookup()", [
  [
    `${NETWORKS} | evaluate ipv4_lookup(N, ip, network)
     | summarize v = array_sort_asc(make_set(name))`,
    ["host", "one", "ten"],
  ],
  [`${NETWORKS} | evaluate ipv4_lookup(N, ip, network, return_unmatched = true) | count`, 5],
  [
    `${NETWORKS} | evaluate ipv4_lookup(N, ip, network, return_unmatched = true)
     | where ip == '8.8.8.8' | project name`,
    "",
  ],
  [
    `${NETWORKS6} | evaluate ipv6_lookup(N, ip, network) | summarize make_list(ip)`,
    ["2001:db8::1"],
  ],
  [
    `${NETWORKS} | evaluate ipv4_lookup(N)`,
    "failed semantic: Cannot query:1:207: The function 'ipv4_lookup' expects between 3 and 32771 arguments.",
  ],
]);

testQueries("other plugins", [
  [
    `range x from 1 to 100 step 1 | summarize a = hll(iff(x % 2 == 0, x, 0)), b = hll(x)
     | evaluate dcount_intersect(a, b) | project s1`,
    50,
  ],
  [
    "print x = 1 | evaluate autocluster()",
    "failed unsupported: Cannot query:1:15: plugin autocluster() is not supported",
  ],
]);

testQueries("rows", [
  [
    `datatable(b: bool, t: datetime, s: string) [true, datetime(2017-03-14 10:59:18.9263023), "",
       bool(null), datetime(null), "x"]
     | evaluate narrow() | summarize tostring(make_list(strcat(Row, " ", Column, " ", Value)))`,
    '["0 b True","0 t 2017-03-14 10:59:18.9263023","0 s ","1 b ","1 t ","1 s x"]',
  ],
  [
    `range x from 1 to 9 step 1 | evaluate rows_near(x == 5, 2) | summarize tostring(make_list(x))`,
    "[3,4,5,6,7]",
  ],
  [
    `range x from 1 to 9 step 1 | sort by x desc | evaluate rows_near(x in (9, 5), 1, 0)
     | summarize tostring(make_list(x))`,
    "[9,6,5]",
  ],
  ["range x from 1 to 9 step 1 | evaluate rows_near(x > 9, 3) | count", 0],
  [
    `range x from 1 to 8 step 1 | extend k = x % 2
     | partition by k (sort by x asc | evaluate rows_near(x == 3, 1)) | summarize sum(x)`,
    9,
  ],
  ["print a = 1 | evaluate identity()", 1],
]);
