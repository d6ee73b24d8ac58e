/**
 * Each guard of what reads, lowers and runs KQL, taken out, and the tests that must notice.
 *
 * @module
 */
import { takenOut, type Unguarded } from "../run_weakenings.ts";

const LOWER = "hub/query/kql/lower";
const COMPILE = ["hub/query/kql/compile.test.ts"];
/** One test of a file that has slow ones. */
const queries = (name: string): readonly string[] => [`hub/query/run/kql_queries.test.ts#${name}`];
const engine = (name: string): readonly string[] => [`hub/store/engine.test.ts#${name}`];
const PROTOCOL = ["hub/api/kusto.test.ts"];

export const QUERY_WEAKENINGS: readonly Unguarded[] = [
  ...takenOut("hub/query/kql/compile.ts", COMPILE, {
    "texts of any length": [`if (text.length > MAX_TEXT_LENGTH) {`, `if (text.length < 0) {`],
    "chains of any length": [
      `if (text.split("|", MAX_PIPES + 2).length > MAX_PIPES + 1) {`,
      `if (text.split("|", MAX_PIPES + 2).length < 0) {`,
    ],
    "brackets of any depth": [`if (depth > MAX_BRACKETS) {`, `if (depth < 0) {`],
    "what the binder refuses is taken": [
      `errors.find((one) => !isTakenAnyway(one, text))`,
      `errors.find((one) => one.code === text)`,
    ],
  }),
  ...takenOut(`${LOWER}/sources.ts`, COMPILE, {
    "a range of constants of any length": [`MAX_RANGE = 1_048_576n`, `MAX_RANGE = 1_048_576_000n`],
  }),
  ...takenOut("hub/query/kql/duckdb/rel.ts", ["test/kql/refusal.test.ts"], {
    "a range of computed bounds of any length": [
      `MAX_RANGE = 1_048_576;`,
      `MAX_RANGE = 4_000_000_000;`,
    ],
  }),
  ...takenOut(`${LOWER}/query.ts`, COMPILE, {
    "expressions of any depth": [`if (depth >= MAX_DEPTH) {`, `if (depth < 0) {`],
  }),
  ...takenOut(`${LOWER}/query.ts`, queries("has no value"), {
    "a query parameter without a value": [
      `if (given === undefined && otherwise === undefined) {`,
      `if (given === "" && otherwise === undefined) {`,
    ],
  }),
  ...takenOut(`${LOWER}/top_nested.ts`, ["test/kql/refusal.test.ts"], {
    "top-nested of any number of levels": [
      `if (clauses.length > MAX_LEVELS) {`,
      `if (clauses.length < 0) {`,
    ],
  }),
  ...takenOut(`${LOWER}/evaluate/timeline.ts`, ["test/kql/timeline.test.ts"], {
    "windows of any number of bins": [`if (count > MAX_BINS) {`, `if (count < 0n) {`],
  }),
  ...takenOut(`${LOWER}/evaluate/pivot.ts`, queries("too many values"), {
    "pivot() gives any number of columns": [
      `if (values.length > MAX_COLUMNS) {`,
      `if (values.length < 0) {`,
    ],
  }),
  ...takenOut("hub/query/kql/resolve.ts", queries("too many values"), {
    "plugins ask as often as they like": [`answers.size >= MAX_QUESTIONS`, `answers.size < 0`],
  }),
  ...takenOut("hub/query/kql/native/json.ts", ["hub/query/kql/native/json.test.ts"], {
    "JSON of any depth": [`if (depth > MAX_DEPTH) {`, `if (depth < 0) {`],
  }),
  ...takenOut("hub/query/kql/native/array.ts", ["test/kql/refusal.test.ts"], {
    "arrays of any length": [`const MAX_ELEMENTS = 1_048_576;`, `const MAX_ELEMENTS = 4_000_000;`],
  }),
  ...takenOut("hub/query/kql/native/make_series.ts", ["test/kql/refusal.test.ts"], {
    "series of any length": [`count > MAX_VALUES`, `count < 0n`],
  }),
  ...takenOut("hub/query/run/compiler_process.ts", queries("of 659 characters"), {
    "statements of any length": [
      `if (sql.length <= MOST_SQL) return sql;`,
      `if (sql.length >= 0) return sql;`,
    ],
  }),
  ...takenOut("hub/query/run/compiler.ts", ["hub/query/run/compiler.test.ts"], {
    "any number of texts waits": [
      `if (this.#waiting.length >= waiting || (caller !== "" && own >= waitingOfOne)) {`,
      `if (this.#waiting.length < 0 || waiting + waitingOfOne + own < 0) {`,
    ],
  }),
  ...takenOut("hub/query/run/kql_queries.ts", queries("a command is refused"), {
    "a command is read as a query": [
      `if (isCommand(query.text)) throw`,
      `if (isCommand(query.text) && query.timeoutMs < 0) throw`,
    ],
  }),
  ...takenOut("hub/query/run/kql_queries.ts", queries("too many values"), {
    "columns depend on any number of values": [
      `if (texts.length > MAX_TEXTS) {`,
      `if (texts.length < 0) {`,
    ],
  }),
  ...takenOut("hub/query/run/kql_queries.ts", ["hub/detect/scheduled/ask_stored.test.ts"], {
    "a question sees what came after it": [`where "_LedgerIndex" < \${of.before} and `, `where `],
    "a question sees what came before its period": [` and "_HubTime" >= \${of.from}`, ``],
  }),
  ...takenOut("hub/query/run/tables.ts", ["hub/query/run/tables.test.ts"], {
    "sealed values can be asked for": [`  tables.delete(REVEAL_SCHEMA.name);\n`, ``],
  }),
  ...takenOut("hub/store/engine_process.ts", engine("nothing but select"), {
    "several statements": [`if (statements.count !== 1) {`, `if (statements.count < 1) {`],
    "statements that are no SELECT": [
      `if (statement.statementType !== StatementType.SELECT) {`,
      `if (statement.statementType === StatementType.INVALID) {`,
    ],
    "access to what is outside": [`      "enable_external_access = false",\n`, ``],
    "a configuration that can be changed": [`      "lock_configuration = true",\n`, ``],
  }),
  ...takenOut("hub/store/engine.ts", engine("over its deadline"), {
    "a query may run for ever": [
      `    const { limits, after } = this.#options;`,
      `    const { limits } = this.#options;\n    const after = () => () => undefined;`,
    ],
  }),
  ...takenOut("hub/store/engine.ts", engine("aborted query is killed"), {
    "a cancelled query goes on": [
      `    signal.addEventListener("abort", abort, { once: true });\n    try {\n      child.send`,
      `    try {\n      child.send`,
    ],
  }),
  ...takenOut("hub/store/engine.ts", engine("more queries than may wait"), {
    "any number of queries waits": [
      `if (this.#waiters.size >= this.#options.waiting) {`,
      `if (this.#waiters.size < 0) {`,
    ],
  }),
  ...takenOut("hub/store/engine.ts", engine("leaves early"), {
    "what was left in the middle is used again": [
      `if (!talk.isOver) child.kill(`,
      `if (talk.isOver && signal.aborted) child.kill(`,
    ],
  }),
  ...takenOut("hub/store/engine_child.ts", engine("wants more memory than"), {
    "a child may take all memory": [
      `if (platform !== "linux") return command;`,
      `if (platform !== "") return command;`,
    ],
  }),
  ...takenOut("hub/query/kusto/answer.ts", PROTOCOL, {
    "a result of any number of rows": [
      `if (rows >= limits.records) return`,
      `if (rows < 0) return`,
    ],
    "a result of any size": [`if (bytes + next > limits.bytes) return`, `if (bytes < 0) return`],
  }),
  ...takenOut("hub/query/kusto/query_job.ts", PROTOCOL, {
    "rows leave before the look is on record": [
      `  await job.parts.record(recordOf(job, "start", undefined));\n`,
      `  void job.parts.record(recordOf(job, "start", undefined)).catch(() => undefined);\n`,
    ],
  }),
];
