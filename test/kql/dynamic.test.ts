import { testQueries, testValues } from "./kql_values.ts";

const ROW = "datatable (a: int, b: string, c: long) [1, '', long(null)]";
const D = `dynamic({"a": {"b": [10, 20, 30]}, "x y": null, "s": "text", "q\\"": 1})`;

testValues("dynamic values", [
  [`${D}.a.b[1]`, 20],
  [`${D}.a.b[-1]`, 30],
  [`${D}.a.b[toint('2')]`, 30],
  [`${D}.a.b[7]`, null],
  [`${D}["s"]`, "text"],
  [`${D}[tostring('s')]`, "text"],
  [`${D}[strcat('q', '"')]`, 1],
  [`isnull(${D}["x y"])`, true],
  [`${D}.nothing.at.all`, null],
  [`tostring(${D}.s)`, "text"],
  ["array_length(dynamic([1, null]))", 2],
  ["array_length(parse_json('{}'))", null],
  ["pack_array(1, 'a', 2d, dynamic(null))", [1, "a", "2.00:00:00", null]],
  ["bag_pack('a', 1, 'b', datetime(2020-01-01))", { a: 1, b: "2020-01-01T00:00:00.0000000Z" }],
  ["parse_json('{\"a\": 1.0}')", { a: 1 }],
  ["parse_json('no json')", "no json"],
  ["isnull(parse_json('null'))", true],
  ["parse_json(dynamic('[1]'))", [1]],
  ["range(1, 8, 3)", [1, 4, 7]],
  ["range(0, 1, 0.5)", [0, 0.5, 1]],
  [
    "range(datetime(2020-01-01), datetime(2020-01-02), 1d)",
    ["2020-01-01T00:00:00.0000000Z", "2020-01-02T00:00:00.0000000Z"],
  ],
  ["range(1h, 3h, 2h)", ["01:00:00", "03:00:00"]],
  ["array_concat(dynamic([1]), dynamic(null), dynamic(['a']))", [1, "a"]],
  ["array_sort_asc(dynamic([3, null, 1]))", [1, 3, null]],
  ["array_sort_desc(dynamic([3, null, 1]), false)", [null, 3, 1]],
  ["array_slice(dynamic([1, 2, 3, 4]), -3, -2)", [2, 3]],
  ["array_index_of(dynamic(['a', 'b']), 'b')", 1],
  ["set_union(dynamic([1, 2]), dynamic([2, 3]))", [1, 2, 3]],
  ["set_has_element(dynamic(['a']), 'a')", true],
  ["bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))", { a: 1, b: 3 }],
  ["bag_keys(dynamic({'b': 1, 'a': 2}))", ["b", "a"]],
  ["bag_has_key(dynamic({'a': {'b': 1}}), '$.a.b')", true],
  ["strcat_array(dynamic(['a', null, 1]), '-')", "a--1"],
  ["treepath(dynamic({'a': [{'b': 1}]}))", ["['a']", "['a'][0]", "['a'][0]['b']"]],
  ["dynamic_to_json(dynamic({'b': 1, 'a': 2}))", '{"a":2,"b":1}'],
  ["toint(dynamic({'a': 5}).a) + 1", 6],
  ["dynamic({'a': 5}).a + 1", 6],
]);

testQueries("columns of a row", [
  [`${ROW} | project pack_all()`, { a: 1, b: "", c: null }],
  [`${ROW} | project pack_all(true)`, { a: 1 }],
  [`${ROW} | project bag_pack_columns(a, b)`, { a: 1, b: "" }],
  [`${ROW} | project pack_array(*)`, [1, "", null]],
  [`${ROW} | project estimate_data_size(*)`, 12],
  [`${ROW} | project column_ifexists('a', 7)`, 1],
  [`${ROW} | project column_ifexists('z', 7)`, 7],
]);
