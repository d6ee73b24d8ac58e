import assert from "node:assert/strict";
import { test } from "node:test";
import { openRuleKeeper } from "./rule_keeper.ts";

const own = (id: string, severity = "low") =>
  `id: ${id}\ntitle: T\nseverity: ${severity}\ndetector: absence\nfor: 5m\n`;
const sigma = (id: string, level = "low", more = "") =>
  `title: T\nid: ${id}\nlevel: ${level}\nlogsource: { product: linux }\n` +
  `detection: { a: { b${more}: 1 }, condition: a }\n`;

type Files = Readonly<Record<string, string | undefined>>;

/** What counts of each reading, one after the other: rule and severity, and how many mistakes. */
async function readings(...all: readonly Files[]) {
  const keeper = openRuleKeeper();
  const read = [];
  for (const files of all) {
    const { rules, sigma, mistakes } = await keeper.read({
      names: () => Promise.resolve(Object.keys(files)),
      read: (name) =>
        files[name] === undefined
          ? Promise.reject(new Error("it is locked"))
          : Promise.resolve(files[name]),
    });
    const of = rules.filter(({ id }) => /^[a-d]$/.test(id)).map(({ id, severity }) =>
      `${id} ${severity}`
    );
    read.push([...of, ...sigma.rules.map(({ id, level }) => `${id} ${level}`)].toSorted());
    read.push(mistakes);
  }
  return read;
}

test("a file with a mistake counts as it was, and the others as they are", async () => {
  const [, , second, mistakes, third, none] = await readings(
    { "a.yml": own("a"), "b.yml": own("b"), "s.yml": sigma("s"), "t.yml": sigma("t") },
    {
      "a.yml": own("a", "highest"),
      "b.yml": own("b", "high"),
      "s.yml": sigma("s", "high", "|no"),
      "t.yml": sigma("t", "high"),
    },
    { "a.yml": own("a", "medium"), "s.yml": sigma("s", "medium") },
  );
  assert.deepEqual(second, ["a low", "b high", "s low", "t high"]);
  assert.deepEqual(mistakes!.map((one) => one.slice(0, 24)), [
    "Cannot read rule a.yml:3",
    "Cannot read rule s.yml:5",
  ]);
  assert.deepEqual([third, none], [["a medium", "s medium"], []]);
});

test("a mistake stays a mistake however often the file is read", async () => {
  const broken = { "a.yml": own("a", "highest") };
  const read = await readings({ "a.yml": own("a") }, broken, broken, broken);
  assert.deepEqual(read.map((one) => one.length), [1, 0, 1, 1, 1, 1, 1, 1]);
});

test("of a new file with a mistake what is right counts", async () => {
  const list = `- ${own("b").replaceAll("\n", "\n  ").trimEnd()}\n- {}\n`;
  const read = await readings({ "a.yml": own("a") }, { "a.yml": own("a"), "b.yml": list });
  assert.deepEqual(read[2], ["a low", "b low"]);
  assert.match(read[3]![0]!, /b\.yml:6:3: "detector" is missing/);
});

test("a file that cannot be read counts as it was, one that is gone no longer", async () => {
  const read = await readings(
    { "a.yml": own("a"), "b.yml": own("b") },
    { "a.yml": undefined },
    {},
  );
  assert.deepEqual(read[2], ["a low"]);
  assert.match(read[3]![0]!, /a\.yml:1:1: it cannot be read \(it is locked\)/);
  assert.deepEqual(read[4], []);
});
