import assert from "node:assert/strict";
import test from "node:test";
import { rowOf } from "../columns/cell.ts";
import { TableWriter } from "../columns/writer.ts";
import {
  column,
  type Json,
  parseSchemaJson,
  schemaHash,
  schemaJson,
  schemaOf,
  table,
} from "../table.ts";
import { openScrubber } from "./scrubber.ts";

const declared = table({
  doc: "A dynamic column whose members have classes",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    Note: column.string({ class: "content", optional: true }),
    Host: column.string({ class: "system", optional: true }),
    Data: column.dynamic({
      class: "content",
      optional: true,
      leaves: {
        UserName: { class: "personal" },
        UserSid: { class: "personal", kind: "sid" },
        IpAddress: { class: "network" },
        Password: { class: "secret" },
        Guid: { class: "system" },
      },
    }),
  },
});
const schema = schemaOf("Sample", declared);
const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32).fill(1) },
});

function scrubbed(row: object): Readonly<Record<string, Json>> {
  const writer = new TableWriter<typeof declared.columns>(schema);
  writer.add({ T: 0, ...row });
  return rowOf(scrubber.scrub(writer.view(), schema)[0], 0);
}

const GUID = "0cce9210-69ae-11d9-bed3-505054503030";

test("a member of a dynamic value is treated as its own class demands", () => {
  const { Data: data } = scrubbed({
    Data: {
      UserName: "annaberg",
      UserSid: "S-1-5-21-1-2-3-1001",
      IpAddress: ["10.1.2.3", "10.1.2.4"],
      Password: "hunter22",
      Guid: GUID,
      Other: GUID,
      List: [{ UserName: { first: "anna", age: 7 } }],
    },
  });
  const shape = JSON.stringify(data).replaceAll(/[a-z2-7]{26}/g, "…");
  assert.equal(
    shape,
    `{"UserName":"user:1:…","UserSid":"sid:1:…","IpAddress":["ip:1:…","ip:1:…"],"Guid":"${GUID}",` +
      `"Other":"guid:1:…","List":[{"UserName":{"first":"user:1:…","age":"user:1:…"}}]}`,
  );
});

test("well-known principals and empty values of a member stay", () => {
  const { Data: data } = scrubbed({ Data: { UserName: "SYSTEM", UserSid: "", IpAddress: null } });
  assert.deepEqual(data, { UserName: "SYSTEM", UserSid: "", IpAddress: null });
  const { Data: others } = scrubbed({
    Data: { UserName: "DWM-3", UserSid: "S-1-5-21-1-2-3-512", IpAddress: ["::1", "127.0.0.1"] },
  });
  assert.deepEqual(others, {
    UserName: "DWM-3",
    UserSid: "S-1-5-21-1-2-3-512",
    IpAddress: ["::1", "127.0.0.1"],
  });
});

test("a member's value is replaced wherever it recurs in its event, by the same token", () => {
  const row = scrubbed({
    Note: "annaberg came from 10.1.2.3 with hunter22",
    Host: "pc-annaberg",
    Data: { UserName: "annaberg", IpAddress: "10.1.2.3", Password: "hunter22", x: "of ANNABERG" },
  });
  const data = row["Data"] as Readonly<Record<string, Json>>;
  const user = String(data["UserName"]);
  assert.equal(row["Host"], `pc-${user}`);
  assert.equal(data["x"], `of ${user}`);
  assert.match(
    String(row["Note"]),
    new RegExp(`^${user} came from ${String(data["IpAddress"])} with secret:1:`),
  );
});

test("a name in a member's value is replaced too", () => {
  const row = scrubbed({ Note: "profile of annaberg", Data: { UserName: "CONTOSO\\annaberg" } });
  assert.match(String(row["Note"]), /^profile of user:1:[a-z2-7]{26}$/);
});

test("the members' classes are a part of the schema and its hash", () => {
  assert.deepEqual(parseSchemaJson(schemaJson(schema)).columns["Data"]?.leaves?.["UserSid"], {
    class: "personal",
    kind: "sid",
  });
  const { leaves: _, ...bare } = declared.columns.Data;
  const other = schemaOf("Sample", { ...declared, columns: { ...declared.columns, Data: bare } });
  assert.notDeepEqual(schemaHash(other), schemaHash(schema));
  assert.ok(!schemaJson(other).includes("UserSid"));
});
