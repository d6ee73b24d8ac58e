/**
 * Reads the JUnit reports of `bun test` and `deno test`, and judges a run by them.
 *
 * A runner that dies, writes no report, or leaves a test file out counts as a failure: a green
 * line cannot come from nothing.
 *
 * @module
 */

/**
 * @typedef {{ readonly file: string, readonly name: string, readonly outcome: "passed" | "failed" | "skipped" }} Case
 * @typedef {{ passed: number, failed: number, skipped: number, problems: string[] }} Judged
 */

/**
 * Lists the cases of a report; an empty list where there is none.
 *
 * @param {string} xml Text inside it is escaped, so a `<` always opens a tag.
 * @returns {readonly Case[]}
 */
export function readReport(xml) {
  return xml.split("<testcase").slice(1).map((part) => {
    const head = part.slice(0, part.indexOf(">"));
    return {
      file: attribute(head, "file") ?? attribute(head, "classname") ?? "",
      name: attribute(head, "name") ?? "",
      outcome: outcomeOf(part),
    };
  });
}

/**
 * Lists the files that Deno says it has run tests of. Its report names the file that calls `test()`,
 * which may be a helper such as `sdk/testkit/golden.ts`.
 *
 * @param {string} output Its standard output, with or without colours.
 * @returns {readonly string[]}
 */
export function readDenoFiles(output) {
  // oxlint-disable-next-line no-control-regex -- colours begin with ESC
  const plain = output.replaceAll(/\u001b\[[\d;]*m/g, "");
  const lines = plain.matchAll(/^running ([1-9]\d*) tests? from (\S+)$/gm);
  return [...lines].map(([, , file]) => file.replace(/^\.\//, ""));
}

function attribute(head, name) {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(head)?.[1];
}

function outcomeOf(part) {
  if (/<(failure|error)\b/.test(part)) return "failed";
  return part.includes("<skipped") ? "skipped" : "passed";
}

/**
 * Counts the cases and adds a failure for what no case shows.
 *
 * @param {{
 *   runner: string, code: number, cases: readonly Case[], files: readonly string[],
 *   ran?: readonly string[],
 * }} run `ran` are files of which tests ran, besides those that `cases` name.
 * @returns {Judged}
 */
export function judge({ runner, code, cases, files, ran = [] }) {
  const count = (outcome) => cases.filter((c) => c.outcome === outcome).length;
  const problems = [];
  if (cases.length === 0) {
    problems.push(`${runner} reported no test and ended with code ${code}`);
  } else {
    const seen = new Set([...ran, ...cases.map((c) => c.file.replace(/^\.\//, ""))]);
    const missing = files.filter((file) => !seen.has(file));
    problems.push(...missing.map((file) => `${runner} ran no test of ${file}`));
  }
  if (code !== 0 && count("failed") + problems.length === 0) {
    problems.push(`${runner} ended with code ${code} outside of any test`);
  }
  return {
    passed: count("passed"),
    failed: count("failed") + problems.length,
    skipped: count("skipped"),
    problems,
  };
}
