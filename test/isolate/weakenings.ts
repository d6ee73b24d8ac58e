/**
 * Each guard of what runs plugins that are not built in, taken out, and the tests that must notice.
 *
 * @module
 */
import { takenOut, type Unguarded } from "../run_weakenings.ts";

const CONFINE = "agent/isolate/confine";
const KERNEL = ["agent/isolate/isolated_plugin.test.ts"];
const FILTER = ["agent/isolate/confine/filter.test.ts", ...KERNEL];
const PROCESS = ["agent/isolate/plugin_process.test.ts"];
const PACKED = ["agent/isolate/packed.test.ts"];
const BATCH = ["agent/isolate/check_batch.test.ts"];
const BOUNDARY = ["agent/isolate/boundary.test.ts"];
const WHOLE = ["test/flow/misbehaviour.test.ts"];
const JUDGED = ["agent/isolate/hand_over.test.ts"];
const RUNNER = ["agent/read/run_plugin.test.ts"];

export const WEAKENINGS: readonly Unguarded[] = [
  ...takenOut(`${CONFINE}/linux.ts`, KERNEL, {
    "Landlock is not applied": [`  if (version > 0) restrictFiles(libc, spec, version);\n`, ``],
    "no filter of system calls": [`  mustBe(filter(), "PR_SET_SECCOMP");\n`, `  void filter;\n`],
    "privileges may be gained": [
      `  mustBe(prctl(PR_SET_NO_NEW_PRIVS, 1), "PR_SET_NO_NEW_PRIVS");\n`,
      `  void PR_SET_NO_NEW_PRIVS;\n`,
    ],
    "capabilities are kept": [`if (!isKept) prctl(PR_CAPBSET_DROP, cap);`, `void isKept;`],
    "no limit of CPU": [
      `    [RLIMIT_CPU, MOST_CPU_SECONDS],\n`,
      `    [RLIMIT_CPU, 2n ** 64n - 1n],\n`,
    ],
    "no limit of file size": [`    [RLIMIT_FSIZE, 0n],\n`, ``],
    "no limit of core files": [`    [RLIMIT_CORE, 0n],\n`, `    [RLIMIT_CORE, 1n],\n`],
    "no limit of open files": [
      `    [RLIMIT_NOFILE, MOST_OPEN_FILES],\n`,
      `    [RLIMIT_NOFILE, MOST_OPEN_FILES * 2n],\n`,
    ],
    "no limit of memory": [
      `BigInt(reservedBytes() + memoryBytes)],`,
      `BigInt(reservedBytes() + memoryBytes) * 0n + 2n ** 64n - 1n],`,
    ],
    "it goes on as it is, and does not become itself again": [
      `  throw new Error(\`Cannot confine process: execve gives \${become()}\`);`,
      `  void become;`,
    ],
    "variables in the program that it becomes": [
      `call(number, address + start, address, address + start - 8)`,
      `call(number, address + start, address, address)`,
    ],
    "it has a whole share of CPU": [
      `  mustBe(libc.call(calls.setpriority, PRIO_PROCESS, 0, NICE), "setpriority");\n`,
      ``,
    ],
    "it may take back what it was given less of": [
      `    [RLIMIT_NICE, 0n],\n`,
      `    [RLIMIT_NICE, 1n],\n`,
    ],
    "it is not the first to go when memory ends": [
      `  writeFileSync("/proc/self/oom_score_adj", "1000");\n`,
      `  void writeFileSync;\n`,
    ],
  }),
  ...takenOut(`${CONFINE}/linux.ts`, [`${CONFINE}/linux.test.ts`], {
    "it outlives its agent": [
      `  mustBe(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");\n`,
      `  void SIGKILL;\n`,
    ],
  }),
  ...takenOut(`${CONFINE}/landlock.ts`, KERNEL, {
    "every file may be read": [
      `[...RUNTIME_FILES, ...spec.files]`,
      `["/", ...RUNTIME_FILES, ...spec.files]`,
    ],
    "every folder may be listed": [
      `[...RUNTIME_FOLDERS, ...spec.folders]`,
      `["/", ...RUNTIME_FOLDERS, ...spec.folders]`,
    ],
    "files may be written": [
      `    (1n << BigInt(kinds)) - 1n,`,
      `    EXECUTE | READ_FILE | READ_FOLDER | (kinds > 99 ? 1n : 0n),`,
    ],
    "TCP ports are not confined": [
      `...(version >= FIRST_WITH_TCP ? [BIND_TCP | CONNECT_TCP] : []),`,
      `...(version >= FIRST_WITH_TCP ? [0n] : []),`,
    ],
    "connecting over TCP is not confined": [`[BIND_TCP | CONNECT_TCP]`, `[BIND_TCP]`],
    "listening over TCP is not confined": [`[BIND_TCP | CONNECT_TCP]`, `[CONNECT_TCP]`],
    "the rule set is made and not put on": [
      `call(LANDLOCK_RESTRICT_SELF, ruleset, 0)`,
      `call(LANDLOCK_RESTRICT_SELF * 0 + 39, ruleset, 0)`,
    ],
  }),
  ...takenOut(`${CONFINE}/filter.ts`, FILTER, {
    "calls of another architecture": [
      `calls.arch] as const, KILL, NUMBER]`,
      `calls.arch] as const, NUMBER, NUMBER]`,
    ],
    "calls by the 32-bit numbers": [
      `...[[JUMP_AT_LEAST, 0, 1, X32] as const, EPERM],`,
      `...[[JUMP_AT_LEAST, 0, 1, X32] as const, ALLOW],`,
    ],
    "denied calls pass": [`when(number, [EPERM])),`, `when(number, [ALLOW])),`],
    "it starts processes": [
      `[JUMP_SET, 0, 1, CLONE_THREAD], ALLOW, EPERM]`,
      `[JUMP_SET, 0, 1, CLONE_THREAD], ALLOW, ALLOW]`,
    ],
    "it starts processes the new way": [`...when(CLONE3, [ENOSYS]),`, `...when(CLONE3, [ALLOW]),`],
    "it signals others": [
      `[JUMP_EQUAL, 0, 1, pid], ALLOW, EPERM]`,
      `[JUMP_EQUAL, 0, 1, pid], ALLOW, ALLOW]`,
    ],
    "it sets its limits": [
      `[JUMP_EQUAL, 0, 1, 0] as const, ALLOW, EPERM]`,
      `[JUMP_EQUAL, 0, 1, 0] as const, ALLOW, ALLOW]`,
    ],
    "it sets its limits the old way": [
      `...when(calls.setrlimit, [EPERM]),`,
      `...when(calls.setrlimit, [ALLOW]),`,
    ],
    "sockets that were not granted": [
      `if (types.length === 0) return [EPERM];`,
      `if (types.length === 0) return [ALLOW];`,
    ],
    "sockets of any type": [`    ...checks,\n    EPERM,\n`, `    ...checks,\n    ALLOW,\n`],
  }),
  ...takenOut("agent/isolate/grants.ts", ["agent/isolate/grants.test.ts"], {
    "the whole file system may be granted": [
      `if (folder === parse(folder).root) {`,
      `if (folder === "") {`,
    ],
    "a file of /etc grants the whole of it": [
      `if (!MAGIC.test(path) && ALONE.test(path)) files.add(path);`,
      `if (!MAGIC.test(path) && path === "") files.add(path);`,
    ],
  }),
  ...takenOut("agent/isolate/plugin_process.ts", PROCESS, {
    "the agent's environment is handed on": [`env: {}, stdio`, `env: process.env, stdio`],
    "silence is not noticed": [
      `if (isAsked || !this.#hasSpoken) throw this.refuse(`,
      `if (isAsked && silentMs === 0) throw this.refuse(`,
    ],
    "a sign of life does not count": [`      isAsked = false;\n`, ``],
    "a process that never speaks is waited for": [
      `if (isAsked || !this.#hasSpoken) throw`,
      `if (isAsked && this.#hasSpoken) throw`,
    ],
    "memory is not looked at": [
      `    if (bytes > memoryBytes) {`,
      `    if (bytes > memoryBytes && lookMs() === 0) {`.replace("lookMs()", "Number(memoryBytes)"),
    ],
    "who does not stop goes on": [
      `this.refuse("late", "it did not stop when it was told to");`,
      `void 0;`,
    ],
    "who is refused goes on": [
      `    this.#child.kill("SIGKILL");\n    return this.#killedFor;`,
      `    return this.#killedFor;`,
    ],
    "stop() waits for ever": [`if (ended !== true) this.#child.kill("SIGKILL");`, `void ended;`],
    "any kind of message may come": [
      `    if (message.kind !== kind) {`,
      `    if (message.kind !== kind && kind === "batch") {`,
    ],
    "what is no message is the end of it": [
      `      throw this.refuse("garbage", error.message);\n    }\n  }\n\n  #failed`,
      `      return;\n    }\n  }\n\n  #failed`,
    ],
    "what a plugin says is in the message": [
      `"threw",\n      "it threw",`,
      `"threw",\n      \`it threw \${said}\`,`,
    ],
  }),
  ...takenOut("agent/isolate/plugin_process.ts", KERNEL, {
    "a file of the agent's is open in the process": [
      `stdio: ["pipe", "pipe", errors]`,
      `stdio: ["pipe", "pipe", errors, openSync("/etc/passwd", "r")]`,
    ],
  }),
  ...takenOut("agent/isolate/plugin_child.ts", ["agent/isolate/plugin_child.test.ts"], {
    "credit is not kept to": [
      `while (this.#written >= this.#credit && !`,
      `while (this.#written < 0 && !`,
    ],
  }),
  ...takenOut("agent/isolate/boundary.ts", BOUNDARY, {
    "messages of any length": [`    if (length > most) {`, `    if (length < 0) {`],
    "the process may send what the agent sends": [
      `if (kind === undefined || !this.#from.has(kind)) {`,
      `if (kind === undefined) {`,
    ],
    "a head may end with anything": [
      `if (zeros.some((byte) => byte !== 0)) {`,
      `if (zeros.length > 3) {`,
    ],
    "text that is no UTF-8": [`{ fatal: true }`, `{ fatal: false }`],
  }),
  ...takenOut("agent/isolate/isolated_plugin.ts", [...KERNEL, ...WHOLE], {
    "the manifest is not held to": [
      `    checkSame(described, running);\n`,
      `    void checkSame;\n`,
    ],
    "it may declare tables that its manifest has not": [
      `if (tables !== undefined && code.described.configured !== true) {`,
      `if (tables !== undefined && code.described.name === "") {`,
    ],
    "nobody judges what it needs": [
      `    if (missing !== undefined) return { issues`,
      `    if (missing === "") return { issues`,
    ],
    "its batches are not checked": [`wrongIn(batch, schema);`, `void wrongIn;`],
    "it need not say where it stands": [
      `if (this.#uncovered > MOST_UNCOVERED_BYTES) {`,
      `if (this.#uncovered < 0) {`,
    ],
    "cursors of any length": [`> MOST_CURSOR_BYTES) {`, `< 0) {`],
    "log lines without end": [`if (this.#logged++ < MOST_LOG_LINES)`, `if (this.#logged++ >= 0)`],
    "what it says of why is not scrubbed": [
      "`${error.message}: ${to.scrubbed(error.said)}`",
      "`${error.message}: ${error.said}`",
    ],
  }),
  ...takenOut("agent/isolate/check_batch.ts", BATCH, {
    "columns that nobody declared": [
      `    if (spec === undefined) return`,
      `    if (spec === undefined) continue;\n    if (spec.type === undefined) return`,
    ],
    "a column twice": [`    if (seen.has(column.name)) return`, `    if (seen.has("")) return`],
    "a column of another type": [
      `    if (!isPlainOf(column, spec.type)) return`,
      `    if (isPlainOf(column, spec.type) === undefined) return`,
    ],
    "batches of any number of rows": [
      `if (batch.rows > MOST_ROWS) return`,
      `if (batch.rows < 0) return`,
    ],
    "values of any kind": [`    if (wrong !== undefined) return`, `    if (wrong === "") return`],
  }),
  ...takenOut("agent/isolate/packed.ts", PACKED, {
    "the code's hash is not checked": [`|| manifest.sha256 !== hashOf(code)) {`, `) {`],
    "the signature is not checked": [
      `verifier(key)(Buffer.concat([LABEL, manifest]), signature);`,
      `verifier(key).length > 0;`,
    ],
    "base64 in more than one way": [`bytes.toString("base64") === text ?`, `bytes.length > 0 ?`],
  }),
  ...takenOut("agent/isolate/added.ts", PACKED, {
    "another key may have signed it": [`!== pin.key) {`, `=== "") {`],
    "another manifest than was approved": [
      `if (hashOf(packed.manifestBytes) !== pin.manifest ||`,
      `if (`,
    ],
    "another name than its file's": [` || packed.manifest.name !== name) {`, `) {`],
    "whatever it needs is granted": [
      `    if (missing === undefined) return undefined;`,
      `    if (missing !== "") return undefined;`,
    ],
  }),
  ...takenOut("agent/isolate/bundle.ts", ["agent/isolate/bundle.test.ts"], {
    "a plugin may import what is not packed with it": [
      `  if (wrong.length > 0) {`,
      `  if (wrong.length > 99) {`,
    ],
  }),
  ...takenOut("agent/pipeline.ts", JUDGED, {
    "what it calls public is believed": [
      `judged: judgedSchema(table.schema, raw) }`,
      `judged: (void judgedSchema, table.schema) }`,
    ],
  }),
  ...takenOut("agent/isolate/judged_schema.ts", JUDGED, {
    "members that it calls public are believed": [
      `return [name, isKept ? { ...leaf, class: "content" } : leaf];`,
      `return [name, isKept && name === "" ? { ...leaf, class: "content" } : leaf];`,
    ],
  }),
  ...takenOut("agent/isolate/manifest.ts", KERNEL, {
    "tables of the agent's own may be declared": [
      `names.every((name) => !RESERVED.has(name))`,
      `names.every((name) => !RESERVED.has("-" + name))`,
    ],
    "a config may declare tables though nobody has approved that": [
      `"tables", "configured", "needs"] as const`,
      `"tables", "needs"] as const`,
    ],
  }),
  ...takenOut("agent/isolate/hand_over.ts", JUDGED, {
    "its log lines are not scrubbed": [`(scrubbed(message)),`, `(message),`],
    "its gaps are not scrubbed": [`pipeline.gap(scrubGap(gap, scrubbed)),`, `pipeline.gap(gap),`],
  }),
  ...takenOut("agent/read/run_plugin.ts", RUNNER, {
    "a plugin is started again for ever": [
      `const isLast = failures >= (options.mostFailures ?? Infinity);`,
      `const isLast = failures < 0;`,
    ],
    "it is started again at once": [
      `      await options.sleep(backoffMs(failures) * (0.5 + options.random()));\n`,
      ``,
    ],
    "failures count though it gets on": [
      `failures = gotOn ? 1 : failures + 1;`,
      `failures = gotOn && failures < 0 ? 1 : failures + 1;`,
    ],
  }),
  ...takenOut("agent/source.ts", ["test/flow/quarantine.test.ts"], {
    "no gap tells of a quarantine": [
      `    pipeline.gap({ reason: "other", detail });\n`,
      `    void detail;\n`,
    ],
    "no gap tells what a listener missed": [
      `  } else if (pipeline.options.lossy) {`,
      `  } else if (failures < 0) {`,
    ],
  }),
];
