import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { AUDIT_WHY, auditRow, readAuditText } from "./audit.ts";

const HEAD = "audit_schema_version:1\nevent_time:2026-06-01 08:00:00.1234567\nsequence_number:1\n" +
  "action_id:LGIF\nsucceeded:false\nis_column_permission:false\nsession_id:61\nobject_id:-9\n" +
  "transaction_id:9007199254740993\nclass_type:LX\nclient_ip:192.0.2.7\n" +
  "permission_bitmask:00000000000000000000000000000010\nserver_principal_name:CORP\\ada\n" +
  "server_instance_name:DB1\\PAY\nobject_name:\n";
const record = (statement: string, rest = ""): string =>
  `${HEAD}statement:${statement}\nadditional_information:<x>1</x>\nuser_defined_information:\n${rest}`;

test("auditRow() gives each field its column, and what has none to AdditionalFields", () => {
  const row = auditRow(
    record("SELECT 1", "application_name:app\nhost_name:PC-7\nobo_middle_tier_app_id:abc\n"),
    { computer: "db1.example", recordId: "7" },
  );
  assert.ok(typeof row !== "string");
  const time = BigInt(Date.UTC(2026, 5, 1, 8)) * 10_000n + 1_234_567n;
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
  assert.deepEqual(given, {
    TimeGenerated: time,
    EventTime: time,
    Computer: "db1.example",
    EventId: "7",
    Category: "SQLSecurityAuditEvents",
    AuditSchemaVersion: 1,
    SequenceNumber: 1,
    ActionId: "LGIF",
    ActionName: "LOGIN FAILED",
    Succeeded: false,
    IsColumnPermission: false,
    SessionId: 61,
    ObjectId: -9,
    TransactionId: 9007199254740993n,
    ClassType: "LX",
    ClientIp: "192.0.2.7",
    PermissionBitmask: "00000000000000000000000000000010",
    ServerPrincipalName: "CORP\\ada",
    LogicalServerName: "DB1\\PAY",
    Statement: "SELECT 1",
    AdditionalInformation: "<x>1</x>",
    ApplicationName: "app",
    HostName: "PC-7",
    AdditionalFields: { obo_middle_tier_app_id: "abc" },
  });
});

test("readAuditText() leaves SQL text that looks like fields in its statement", () => {
  const sql =
    "EXEC p '\nsucceeded:true\nadditional_information:forged\nserver_principal_name:sa\n'";
  const fields = readAuditText(record(sql));
  assert.equal(fields.get("statement"), sql);
  assert.equal(fields.get("additional_information"), "<x>1</x>");
  assert.equal(fields.get("succeeded"), "false");
  assert.equal(fields.get("server_principal_name"), "CORP\\ada");
});

test("readAuditText() gives back any values", () => {
  const value = fc.stringMatching(/^[ -9;-~]{0,20}$/);
  const sql = fc.string({ unit: fc.constantFrom("a", ":", "\n", "'", "statement", " ") });
  fc.assert(
    fc.property(value, sql, value, (name, statement, more) => {
      const text = `action_id:CR  \nserver_principal_name:${name}\nstatement:${statement}\n` +
        `additional_information:${more}\nhost_name:h\n`;
      assert.deepEqual(Object.fromEntries(readAuditText(text)), {
        action_id: "CR  ",
        server_principal_name: name,
        statement,
        additional_information: more,
        host_name: "h",
      });
    }),
  );
});

test("auditRow() says what is wrong with a text that is no record", () => {
  assert.equal(auditRow("hello"), AUDIT_WHY.key);
  assert.equal(auditRow(HEAD.replace("2026-06-01", "2026-06-31x")), AUDIT_WHY.time);
  assert.equal(auditRow(HEAD.replace("session_id:61", "session_id:many")), AUDIT_WHY.value);
  assert.equal(auditRow(HEAD.replace("session_id:61", "session_id:9999999999")), AUDIT_WHY.value);
  assert.equal(auditRow(HEAD.replace("succeeded:false", "succeeded:maybe")), AUDIT_WHY.value);
  assert.equal(auditRow(HEAD.replace(/transaction_id:\d+/, "transaction_id:x")), AUDIT_WHY.value);
});

test("auditRow() throws for no text", () => {
  const parts = record("x").split(/(?<=[:\n])/);
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...parts), fc.string())), (some) => {
      const row = auditRow(some.join(""));
      assert.ok(typeof row === "string" || row.EventTime !== undefined);
    }),
  );
});

test("readAuditText() takes linear time for a statement of many keys", () => {
  const sql = "\nadditional_information:\nstatement:\nhost_name:".repeat(20_000);
  assert.equal(readAuditText(record(sql)).get("statement")?.length, sql.length);
});

test("auditRow() gives a login or user that is the object a column of persons", () => {
  const row = (classType: string) =>
    auditRow(
      record("ALTER LOGIN [grace] ENABLE").replace("class_type:LX", `class_type:${classType}`)
        .replace("object_name:", "object_name:grace"),
    );
  const [login, user, table] = [row("SL"), row("WU"), row("U ")];
  assert.ok(typeof login === "object" && typeof user === "object" && typeof table === "object");
  assert.deepEqual([login.TargetServerPrincipalName, login.ObjectName], ["grace", "grace"]);
  assert.equal(user.TargetDatabasePrincipalName, "grace");
  assert.equal(table.TargetServerPrincipalName ?? table.TargetDatabasePrincipalName, undefined);
});
